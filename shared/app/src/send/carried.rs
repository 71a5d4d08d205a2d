//! Whether a gateway's carrier carries the files of a message (D25, D28).
//!
//! Of what lies at an address nobody knows how large it is; the carrier will say. What was uploaded was looked at.

use carriers::Carrier;
use domain::message::Media;

/// Why the carrier does not carry a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCarried {
    /// It carries fewer files in one message.
    #[error("the gateway's carrier carries fewer files in one message")]
    TooMany,
    /// Carriers do not take its type.
    #[error("the gateway's carrier does not take this type of file")]
    Type,
    /// It is too large, alone or with those before it.
    #[error("the file is larger than the gateway's carrier takes")]
    TooLarge,
}

/// The first file that the carrier does not carry, and why.
pub(crate) fn carries(carrier: &dyn Carrier, media: &[Media]) -> Result<(), (usize, NotCarried)> {
    let limits = carrier.limits();
    let mut together = 0_u64;
    for (index, it) in media.iter().enumerate() {
        if index >= limits.media_max {
            return Err((index, NotCarried::TooMany));
        }
        let Some(file) = it.file() else { continue };
        together = together.saturating_add(file.bytes);
        if !file.file_type.is_carried() {
            return Err((index, NotCarried::Type));
        }
        if file.bytes > carrier.file_bytes_max(file.file_type) || together > limits.media_bytes_max {
            return Err((index, NotCarried::TooLarge));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::account::CarrierId;
    use domain::id::MediaId;
    use domain::media::{FileType, KeptFile};

    fn checked(carrier: CarrierId, files: &[(FileType, u64)]) -> Result<(), (usize, NotCarried)> {
        let id = MediaId::derive(&[b"file"]);
        let kept = |(file_type, bytes): &(FileType, u64)| {
            Media::kept(KeptFile { id, file_type: *file_type, bytes: *bytes })
        };
        carries(carriers::carrier(carrier), &files.iter().map(kept).collect::<Vec<_>>())
    }

    #[test]
    fn d28_files_are_refused_that_the_gateways_carrier_does_not_carry() {
        use FileType::{Gif, Jpeg, Mp4, Quicktime};
        assert_eq!(checked(CarrierId::Twilio, &[(Jpeg, 5_000_000)]), Ok(()));
        assert_eq!(checked(CarrierId::Twilio, &[(Mp4, 500_001)]), Err((0, NotCarried::TooLarge)));
        assert_eq!(
            checked(CarrierId::Twilio, &[(Gif, 3_000_000), (Gif, 3_000_000)]),
            Err((1, NotCarried::TooLarge))
        );
        assert_eq!(checked(CarrierId::Telnyx, &[(Jpeg, 1_000_001)]), Err((0, NotCarried::TooLarge)));
        assert_eq!(checked(CarrierId::Twilio, &[(Quicktime, 1)]), Err((0, NotCarried::Type)));
        assert_eq!(checked(CarrierId::Twilio, &[(Jpeg, 1); 11]), Err((10, NotCarried::TooMany)));
        // Images that were made to fit fit every carrier that takes files at all.
        let image = u64::try_from(domain::media::IMAGE_BYTES_MAX).unwrap();
        for id in carriers::ALL.iter().map(|it| it.id()) {
            if carriers::carrier(id).limits().media_bytes_max > 0 {
                assert_eq!(checked(id, &[(Jpeg, image)]), Ok(()), "{id}");
            }
        }
    }
}
