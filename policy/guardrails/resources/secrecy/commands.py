"""Commands that take a password where no name tells it, as regular expressions up to the password."""

PASSWORD = r"""["']?(?P<password>[^\s"'|;]{3,200})"""  # noqa: S105 - a pattern
BEFORE_A_PASSWORD = (
    r"\bmy(?:sql|sqldump|sqladmin)\b[^|;&\n]{0,300}\s(?-i:-p)",
    r"\bsshpass\s{1,9}-p\s{0,9}",
    r"\b(?:redis|valkey)-cli\b[^|;&\n]{0,300}\s-a\s{1,9}",
    r"\b(?:docker|podman|buildah|skopeo|oras|crane|helm registry)\s{1,9}login\b[^|;&\n]{0,300}\s-p\s{0,9}",
    r"\bcurl\b[^|;\n]{0,500}\s(?:-u|--user(?![\w-]))[ =]?['\"]?[^\s:'\"$]{1,200}:",
    r"\bopenssl\b[^|;\n]{0,300}\bpass:",
    r"\bnet\s{1,9}user\s{1,9}\w[\w.-]{0,60}\s{1,9}",
    r"\baws_(?:secret_access_key|session_token)\s{1,9}",
    r"\blogin\s{1,9}\S{1,100}\s{1,9}password\s{1,9}",
    r"\bConvertTo-SecureString\s{1,9}(?:-String\s{1,9})?(?=['\"])",
    r"\b(?:PASSWORD|IDENTIFIED\s{1,9}BY)\s{1,9}(?=['\"])",
)
COMMANDS = (
    *(f"{before}{PASSWORD}" for before in BEFORE_A_PASSWORD),
    r"\b[\w-]{1,64}:(?P<password>[^\s'\"$`|]{1,200})['\"]?\s{0,9}\|\s{0,9}(?:sudo\s{1,9})?chpasswd\b",
    r"\becho\s[^|;\n]{0,20}?['\"](?P<password>[^'\"|;\n]{3,200})['\"]\s{0,9}\|\s{0,9}(?:sudo\s{1,9})?passwd\b",
)
