"""How ffmpeg may read a customer's file: by itself, without the network, and not without bound."""

# A playlist or a concat script as an asset could otherwise read other files or the network.
READABLE_FORMATS = (
    "mov,matroska,avi,mpegts,gif,apng,webp_anim,wav,mp3,flac,ogg,aac,"
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe"
)
MOST_PIXELS_OF_AN_ASSET = 100_000_000
GUARDS = (
    *("-threads", "1"),  # every decoder exists at once, and each thread holds pictures
    *("-protocol_whitelist", "file"),
    *("-format_whitelist", READABLE_FORMATS),
    *("-max_pixels", str(MOST_PIXELS_OF_AN_ASSET)),
)
CALMLY = ("-hide_banner", "-nostdin", "-nostats")
