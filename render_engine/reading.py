"""How ffmpeg may read a customer's file: by itself, without the network, and not without bound."""

import re

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
CUT_SHORT = re.compile(
    r"partial file|File ended prematurely|overread \d|error y=\d+ x=\d+|LZW decode failed|chunk too big"
    r"|image data not found|Invalid NAL unit size \(\d+ > \d+\)"
)
"""What demuxers and decoders complain about in a file of which the end is missing; they go on without it."""
