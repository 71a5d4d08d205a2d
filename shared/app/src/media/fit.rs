//! Images that are made to fit: every carrier and most phones take them then.
//!
//! Memory is bounded before anything is decoded: by the size of what may be uploaded, the pixels that the image says it has,
//! and what the decoder may take.

use std::io::Cursor;

use bytes::Bytes;
use domain::media::{FileType, IMAGE_BYTES_MAX};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder};

/// The widest and highest image that is decoded.
const SIDE_MAX: u32 = 12_000;
/// The most pixels of an image that is decoded: more than a telephone's camera makes.
const PIXELS_MAX: u64 = 50_000_000;
/// The most memory that decoding may take.
const MEMORY_MAX: u64 = 300_000_000;
/// The widest and highest image that is made: what a telephone's screen shows.
const FIT_SIDE: u32 = 1_920;
/// The narrowest image that is tried.
const FIT_SIDE_MIN: u32 = 240;
/// The quality of JPEG.
const QUALITY: u8 = 80;

/// The file as it is kept: an image that is too large, or of a type that carriers do not take, is made a smaller JPEG, turned
/// as it says and without what else the camera has written into it. Everything else stays. `None`: the image is broken, or too
/// large to be decoded.
pub(super) fn fit(file_type: FileType, content: Bytes) -> Option<(FileType, Bytes)> {
    let format = match file_type {
        FileType::Jpeg => ImageFormat::Jpeg,
        FileType::Png => ImageFormat::Png,
        FileType::Webp => ImageFormat::WebP,
        // Nobody wants one frame of an animation.
        _ => return Some((file_type, content)),
    };
    if content.len() <= IMAGE_BYTES_MAX && file_type.is_carried() {
        return Some((file_type, content));
    }
    let image = decode(&content, format)?;
    let mut side = FIT_SIDE;
    while side >= FIT_SIDE_MIN {
        let made = encode(&image, side)?;
        if made.len() <= IMAGE_BYTES_MAX {
            return Some((FileType::Jpeg, made.into()));
        }
        side = side / 4 * 3;
    }
    None
}

fn decode(content: &[u8], format: ImageFormat) -> Option<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(MEMORY_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return None;
    }
    let orientation = decoder.orientation().ok()?;
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    image.apply_orientation(orientation);
    Some(image)
}

/// As JPEG, no larger than `side` either way. What is transparent becomes white.
fn encode(image: &DynamicImage, side: u32) -> Option<Vec<u8>> {
    let small = if image.width() > side || image.height() > side {
        image.thumbnail(side, side)
    } else {
        image.clone()
    };
    let flat = if small.color().has_alpha() { on_white(&small) } else { small };
    let mut made = Vec::new();
    JpegEncoder::new_with_quality(&mut made, QUALITY).encode_image(&flat.to_rgb8()).ok()?;
    Some(made)
}

fn on_white(image: &DynamicImage) -> DynamicImage {
    let mut flat = image.to_rgba8();
    for pixel in flat.pixels_mut() {
        let alpha = u16::from(pixel.0.last().copied().unwrap_or(u8::MAX));
        for part in pixel.0.iter_mut().take(3) {
            let seen = (u16::from(*part) * alpha + 255 * (255 - alpha)) / 255;
            *part = u8::try_from(seen).unwrap_or(u8::MAX);
        }
    }
    DynamicImage::ImageRgba8(flat)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise, which no encoder makes small.
    fn noise(side: u32) -> DynamicImage {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()
        };
        DynamicImage::ImageRgba8(image::RgbaImage::from_fn(side, side, |_, _| image::Rgba(next())))
    }

    fn as_png(image: &DynamicImage) -> Bytes {
        let mut made = Cursor::new(Vec::new());
        image.write_to(&mut made, ImageFormat::Png).unwrap();
        made.into_inner().into()
    }

    #[test]
    fn d28_an_image_that_is_too_large_is_made_to_fit_and_what_fits_stays() {
        let small = as_png(&noise(20));
        assert_eq!(fit(FileType::Png, small.clone()), Some((FileType::Png, small)));
        let large = as_png(&noise(900));
        assert!(large.len() > 3_000_000);
        let (file_type, made) = fit(FileType::Png, large).unwrap();
        assert_eq!((file_type, FileType::of_content(&made)), (FileType::Jpeg, Some(FileType::Jpeg)));
        assert!(made.len() <= IMAGE_BYTES_MAX);
    }

    #[test]
    fn d28_a_type_that_carriers_do_not_take_becomes_one_that_they_do() {
        let mut made = Cursor::new(Vec::new());
        noise(20).write_to(&mut made, ImageFormat::WebP).unwrap();
        let (file_type, _) = fit(FileType::Webp, made.into_inner().into()).unwrap();
        assert_eq!(file_type, FileType::Jpeg);
    }

    #[test]
    fn d28_an_image_that_would_take_too_much_memory_is_not_decoded() {
        // A head that promises 65,500 by 65,500 pixels.
        let mut bomb = as_png(&noise(2)).to_vec();
        bomb.splice(16..24, [0, 0, 0xff, 0xdc, 0, 0, 0xff, 0xdc]);
        bomb.resize(IMAGE_BYTES_MAX + 1, 0);
        assert_eq!(fit(FileType::Png, bomb.into()), None);
        assert_eq!(fit(FileType::Jpeg, vec![0xff; IMAGE_BYTES_MAX + 1].into()), None);
    }
}
