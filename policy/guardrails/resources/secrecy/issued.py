"""Tokens and keys by the beginnings with which their issuers mark them, as regular expressions.

Most are from gitleaks, config/gitleaks.toml, and from GitHub, "Supported secret scanning patterns".
"""

ACCESS_TOKENS = r"""
gh[pousr]_\w{20,} github_pat_\w{20,} gl(?:pat|rt|dt|cbt|ptt|ft|soat|agent)-[\w-]{16,}
xox[abeoprs](?:\.xox[bp])?-[\w-]{10,} xapp-\d-[\w-]{20,} npm_[A-Za-z0-9]{30,} pypi-[\w-]{50,}
rubygems_[0-9a-f]{40,} hf_[A-Za-z0-9]{30,} do[opr]_v1_[0-9a-f]{60,} hv[sbr]\.[\w-]{20,}
shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32} dckr_(?:pat|oat)_[\w-]{20,} dapi[0-9a-f]{32}\b
dp\.(?:pt|st|ct|sa)\.[\w.-]{40,} lin_api_\w{30,} figd_[\w-]{30,} gl(?:c|sa)_[\w+/=-]{30,}
\w{10,20}\.atlasv1\.[\w-]{60,} pul-[0-9a-f]{40}\b sq0(?:atp|csp)-[\w-]{20,} EAAA[\w-]{60}\b
ya29\.[\w-]{30,} ATATT3[\w=-]{60,} CCIPAT_\w{20,} fm2_[\w+/=-]{60,} pscale_(?:pw|tkn|oauth)_[\w.-]{30,}
sbp_[0-9a-f]{40}\b sntry[su]_[\w+/=-]{40,} ph[cx]_[A-Za-z0-9]{32,} tskey-\w{2,20}-[\w-]{20,}
dt0c01\.[A-Z0-9]{20,}\.[A-Z0-9]{40,} sq[upa]_[0-9a-f]{40}\b bk[ua]a?_[0-9a-f]{40}\b AKCp\w{60,}
secret_[A-Za-z0-9]{40,} EAACEdEose0cBA[A-Za-z0-9]{10,} \d{8,10}:AA[\w-]{30,}
[MNO][A-Za-z0-9_-]{23,27}\.[\w-]{6}\.[\w-]{27,}
"""
API_KEYS = r"""
[sr]k_(?:live|test|prod)_\w{10,} sk-(?=[A-Za-z_-]{0,60}\d)[A-Za-z0-9_-]{20,} AIza[\w-]{30,}
whsec_[\w+/=]{10,} SG\.[\w-]{16,}\.[\w-]{16,} SK[0-9a-f]{32}\b key-[0-9a-f]{32}\b
[0-9a-f]{32}-us\d{1,2}\b NRAK-[A-Z0-9]{20,} GOCSPX-[\w-]{20,} amzn\.mws\.[0-9a-f-]{30,}
ABSK[A-Za-z0-9+/]{60,} EZ[AT]K\w{54,} xkeysib-[0-9a-f]{60,}
"""
WEBHOOKS = r"""
hooks\.slack\.com/(?:services|workflows|triggers)/T\w+/[\w/]{16,}
discord(?:app)?\.com/api/webhooks/\d{10,}/[\w-]{30,}
[\w.-]{1,100}\.webhook\.office\.com/webhookb2/[\w@/-]{60,}
"""
