//! What files of messages are by their content, and from where one may be fetched (B01, D28).
//!
//! Pure rules for whoever stores or fetches media: neither a name nor a declared type is believed ([`FileType`]), and no
//! request goes into a private network ([`fetch`]).

pub mod fetch;

use serde::{Deserialize, Serialize};

use crate::id::MediaId;

/// The largest file that somebody may upload; an image is made smaller afterwards, everything else has to fit its carrier.
pub const UPLOAD_BYTES_MAX: u64 = 10_000_000;
/// The largest file that is copied from a carrier.
pub const INBOUND_BYTES_MAX: usize = 25_000_000;
/// Images are made to fit this: the smallest limit of the carriers (Vonage's), so that a message may leave by any gateway.
pub const IMAGE_BYTES_MAX: usize = 600_000;

/// A file that the product keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Its name.
    pub id: MediaId,
    /// What it is, by its content.
    pub file_type: FileType,
    /// How large it is.
    pub bytes: u64,
}

/// What became of copying a file of a message (B01). It is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaCopy {
    /// It is kept.
    Kept(KeptFile),
    /// It is none of the types that messages carry, and may be a program: it was not kept.
    RefusedType,
    /// It was too large to be kept.
    TooLarge,
    /// Where it lay it could not be fetched.
    Lost,
}

impl MediaCopy {
    /// The file, if it is kept.
    #[must_use]
    pub const fn file(self) -> Option<KeptFile> {
        match self {
            Self::Kept(file) => Some(file),
            Self::RefusedType | Self::TooLarge | Self::Lost => None,
        }
    }
}

/// A type of file that messages carry, recognised by how it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileType {
    /// `image/jpeg`.
    Jpeg,
    /// `image/png`.
    Png,
    /// `image/gif`.
    Gif,
    /// `image/webp`.
    Webp,
    /// `video/mp4`.
    Mp4,
    /// `video/3gpp`.
    ThreeGpp,
    /// `audio/mpeg`.
    Mp3,
    /// `audio/amr`.
    Amr,
    /// `application/pdf`.
    Pdf,
    /// `video/quicktime`.
    Quicktime,
    /// `image/heic`.
    Heic,
    /// `text/vcard`.
    Vcard,
}

impl FileType {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Jpeg,
        Self::Png,
        Self::Gif,
        Self::Webp,
        Self::Mp4,
        Self::ThreeGpp,
        Self::Mp3,
        Self::Amr,
        Self::Pdf,
        Self::Quicktime,
        Self::Heic,
        Self::Vcard,
    ];

    /// The type of that MIME type.
    #[must_use]
    pub fn of_mime(mime: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.mime().eq_ignore_ascii_case(mime))
    }

    /// What the content is; `None` for whatever is not one of these, such as a page or a program.
    #[must_use]
    pub fn of_content(content: &[u8]) -> Option<Self> {
        let container = |tag: &[u8]| content.get(8..).is_some_and(|rest| rest.starts_with(tag));
        if content.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if content.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if content.starts_with(b"GIF87a") || content.starts_with(b"GIF89a") {
            Some(Self::Gif)
        } else if content.starts_with(b"RIFF") && container(b"WEBP") {
            Some(Self::Webp)
        } else if content.get(4..8) == Some(b"ftyp") {
            let is_mp4 =
                [&b"isom"[..], b"iso2", b"mp41", b"mp42", b"avc1", b"M4V "].into_iter().any(container);
            let is_heic = [&b"heic"[..], b"heix", b"mif1"].into_iter().any(container);
            if container(b"3gp") || container(b"3g2") {
                Some(Self::ThreeGpp)
            } else if container(b"qt  ") {
                Some(Self::Quicktime)
            } else if is_heic {
                Some(Self::Heic)
            } else {
                is_mp4.then_some(Self::Mp4)
            }
        } else if content.get(..12).is_some_and(|it| it.eq_ignore_ascii_case(b"BEGIN:VCARD\r"))
            || content.get(..12).is_some_and(|it| it.eq_ignore_ascii_case(b"BEGIN:VCARD\n"))
        {
            Some(Self::Vcard)
        } else if content.starts_with(b"ID3") || is_mp3_frame(content) {
            Some(Self::Mp3)
        } else if content.starts_with(b"#!AMR\n") {
            Some(Self::Amr)
        } else {
            content.starts_with(b"%PDF-").then_some(Self::Pdf)
        }
    }

    /// Its MIME type.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Mp4 => "video/mp4",
            Self::ThreeGpp => "video/3gpp",
            Self::Mp3 => "audio/mpeg",
            Self::Amr => "audio/amr",
            Self::Pdf => "application/pdf",
            Self::Quicktime => "video/quicktime",
            Self::Heic => "image/heic",
            Self::Vcard => "text/vcard",
        }
    }

    /// Whether a browser may show it in place: everything else is given as an attachment.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        !matches!(self, Self::Pdf | Self::Vcard)
    }

    /// Whether carriers take it at all. What they do not is sent as something else, if it is an image, or not.
    #[must_use]
    pub const fn is_carried(self) -> bool {
        !matches!(self, Self::Webp | Self::Heic | Self::Quicktime)
    }

    /// Whether it is one of the images that every carrier and phone takes.
    #[must_use]
    pub const fn is_common_image(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Gif)
    }
}

/// The head of a frame of MPEG audio, layer III, without a reserved version, bit rate or sampling rate.
fn is_mp3_frame(content: &[u8]) -> bool {
    let Some(&[0xff, second, third]) = content.get(..3) else { return false };
    second & 0xe6 == 0xe2
        && second & 0x18 != 0x08
        && third & 0xf0 != 0xf0
        && third & 0xf0 != 0
        && third & 0x0c != 0x0c
}

#[cfg(test)]
mod tests {
    use super::FileType;

    #[test]
    fn b01_a_file_is_what_its_content_says() {
        let files: [(&[u8], FileType); 13] = [
            (b"\xff\xd8\xff\xe0\0\x10JFIF", FileType::Jpeg),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", FileType::Png),
            (b"GIF89a\x01\0", FileType::Gif),
            (b"RIFF\x1a\0\0\0WEBPVP8 ", FileType::Webp),
            (b"\0\0\0\x18ftypmp42\0\0", FileType::Mp4),
            (b"\0\0\0\x18ftyp3gp4\0\0", FileType::ThreeGpp),
            (b"ID3\x03\0", FileType::Mp3),
            (b"#!AMR\n<", FileType::Amr),
            (b"%PDF-1.7", FileType::Pdf),
            (b"\0\0\0\x14ftypqt  ", FileType::Quicktime),
            (b"\0\0\0\x18ftypheic", FileType::Heic),
            (b"BEGIN:VCARD\r\nVERSION:3.0", FileType::Vcard),
            (b"\xff\xfb\x90\x64", FileType::Mp3),
        ];
        for (content, expected) in files {
            assert_eq!(FileType::of_content(content), Some(expected), "{}", expected.mime());
        }
        let others: [&[u8]; 7] = [
            b"",
            b"\xff\xd8",
            b"<svg xmlns=",
            b"<html>",
            b"MZ\x90\0",
            b"RIFF\0\0\0\0WAVE",
            b"\xff\xfe<\0h\0t\0",
        ];
        for content in others {
            assert_eq!(FileType::of_content(content), None);
        }
        for it in FileType::ALL {
            assert_eq!(FileType::of_mime(it.mime()), Some(it));
        }
        assert!(FileType::Jpeg.is_shown() && !FileType::Pdf.is_shown());
    }
}
