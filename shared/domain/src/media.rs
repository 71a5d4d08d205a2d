//! What files of messages are by their content, and from where one may be fetched (B01, D28).
//!
//! Pure rules for whoever stores or fetches media: neither a name nor a declared type is believed ([`FileType`]), and no
//! request goes into a private network ([`fetch`]).

pub mod fetch;

/// A type of file that messages carry, recognised by how it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
}

impl FileType {
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
            if container(b"3gp") { Some(Self::ThreeGpp) } else { is_mp4.then_some(Self::Mp4) }
        } else if content.starts_with(b"ID3") {
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
        }
    }

    /// Whether a browser may show it in place: everything else is given as an attachment.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        !matches!(self, Self::Pdf)
    }
}

#[cfg(test)]
mod tests {
    use super::FileType;

    #[test]
    fn b01_a_file_is_what_its_content_says() {
        let files: [(&[u8], FileType); 9] = [
            (b"\xff\xd8\xff\xe0\0\x10JFIF", FileType::Jpeg),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", FileType::Png),
            (b"GIF89a\x01\0", FileType::Gif),
            (b"RIFF\x1a\0\0\0WEBPVP8 ", FileType::Webp),
            (b"\0\0\0\x18ftypmp42\0\0", FileType::Mp4),
            (b"\0\0\0\x18ftyp3gp4\0\0", FileType::ThreeGpp),
            (b"ID3\x03\0", FileType::Mp3),
            (b"#!AMR\n<", FileType::Amr),
            (b"%PDF-1.7", FileType::Pdf),
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
            b"\0\0\0\x18ftypqt  ",
        ];
        for content in others {
            assert_eq!(FileType::of_content(content), None);
        }
        assert!(FileType::Jpeg.is_shown() && !FileType::Pdf.is_shown());
    }
}
