//! The text and the media of a request.

use app::send::{Content, InvalidContent, MEDIA_MAX};
use domain::body::MessageBody;
use http_api::{Code, FieldError, Problem};
use url::Url;

/// Longest address of a medium, in bytes: what browsers and carriers are known to take.
pub(crate) const MEDIA_URL_BYTES_MAX: usize = 2_048;

/// What is to be sent, or which field is wrong.
pub(crate) fn content(text: Option<&MessageBody>, media: &[String]) -> Result<Content, Problem> {
    if media.len() > MEDIA_MAX {
        return Err(problem(InvalidContent::TooMuchMedia));
    }
    let media = media.iter().enumerate().map(|(index, text)| address(index, text));
    Content::new(text, &media.collect::<Result<Vec<_>, _>>()?).map_err(problem)
}

fn address(index: usize, text: &str) -> Result<Url, Problem> {
    let wrong =
        |code, detail: &str| Problem::invalid(FieldError::body(["media", &index.to_string()], code, detail));
    if text.len() > MEDIA_URL_BYTES_MAX {
        return Err(wrong(Code::TooLong, "the address is too long"));
    }
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https" && url.has_host());
    url.ok_or_else(|| wrong(Code::Invalid, "expected an address that begins with https://"))
}

fn problem(error: InvalidContent) -> Problem {
    let (field, code) = match error {
        InvalidContent::Empty => ("body", Code::MissingField),
        InvalidContent::TooMuchMedia => ("media", Code::TooLong),
        InvalidContent::MediaAddress => ("media", Code::Invalid),
    };
    Problem::invalid(FieldError::body([field], code, error.to_string()))
}
