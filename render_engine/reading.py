"""How ffmpeg may read a customer's file: by itself, without the network, and not without bound."""

import re

# A playlist or a concat script as an asset could otherwise read other files or the network.
READABLE_FORMATS = (
    "mov,matroska,avi,mpegts,gif,apng,webp_anim,wav,mp3,flac,ogg,aac,"
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe"
)
READABLE_CODECS = (
    "h264,hevc,av1,libdav1d,vp8,libvpx,vp9,libvpx-vp9,mpeg4,mpeg2video,prores,qtrle,ffv1,rawvideo,"
    "png,apng,mjpeg,webp,webp_anim,gif,bmp,tiff,"
    "aac,mp3,mp3float,flac,alac,opus,libopus,vorbis,libvorbis,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_f64le,pcm_u8,pcm_alaw,pcm_mulaw"
)
"""Decoders of what customers upload. An ffmpeg has five hundred, most of them for files that nobody has made
for twenty years, and each is code that a hostile file can reach."""
MOST_PIXELS_OF_AN_ASSET = 100_000_000
MOST_PIXELS_AT_ONCE = 200_000_000
"""Of all pictures that are decoded at the same time: with eight bytes a pixel, 1.6 GB."""
_ALL_GUARDS = (
    *("-threads", "1"),  # every decoder exists at once, and each thread holds pictures
    *("-codec_whitelist", READABLE_CODECS),
    *("-protocol_whitelist", "file"),
    *("-max_pixels", str(MOST_PIXELS_OF_AN_ASSET)),
)
GUARDS = (*_ALL_GUARDS, "-format_whitelist", READABLE_FORMATS)
GUARDS_OF_LISTS = (*_ALL_GUARDS, "-format_whitelist", "concat,png_pipe")
"""For a script that the engine itself has written, and the pictures that it names."""
CALMLY = ("-hide_banner", "-nostdin", "-nostats")
TOO_LARGE = re.compile(r"Picture size (\d+x\d+) exceeds specified max pixel count")
CUT_SHORT = re.compile(
    r"partial file|File ended prematurely|overread \d|error y=\d+ x=\d+|LZW decode failed|chunk too big"
    r"|image data not found|Invalid NAL unit size \(\d+ > \d+\)|exceeds specified max pixel count"
)
"""What demuxers and decoders complain about in a file of which the end is missing, or a
picture too large; they go on without it."""


def beginning_at(seconds: float) -> tuple[str, ...]:
    """Options for an input of which the first seconds are left out, exactly to the frame and the sample."""
    return ("-ss", f"{seconds:.6f}") if seconds else ()
