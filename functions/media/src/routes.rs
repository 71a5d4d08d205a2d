//! `POST /v1/media`, and what follows for a file.

use std::collections::BTreeMap;

use app::App;
use app::media::{Begun, Linked};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{MediaId, MessageId};
use domain::media::{FileType, KeptFile};
use http_api::{Caller, Code, FieldError, Param, Problem, Valid, schema};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::problem;

/// A file to upload.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMedia {
    /// Its media type: of an image, a video, audio, a PDF document or a `text/vcard`.
    #[schema(example = "image/jpeg")]
    content_type: String,
    /// How many bytes it has, exactly.
    #[schema(minimum = 1, maximum = 10_000_000, example = 48_213)]
    bytes: u64,
}

/// A file that may be uploaded.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MediaUpload {
    /// The id that messages name it by, once it is finished.
    #[schema(value_type = schema::MediaId)]
    id: MediaId,
    /// How to upload it.
    upload: SignedUpload,
}

/// The one request that uploads a file.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SignedUpload {
    /// The method.
    #[schema(example = "PUT")]
    method: &'static str,
    /// Where to.
    #[schema(format = "uri", example = "https://files.example.com/uploads/1?X-Amz-Signature=1")]
    url: String,
    /// The headers that the request has to have, just so.
    #[schema(example = json!({"content-type": "image/jpeg", "content-length": "48213"}))]
    headers: BTreeMap<&'static str, String>,
    /// Until when.
    #[schema(value_type = schema::Time)]
    expires_at: Timestamp,
}

/// A file that is kept.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Media {
    /// Its id.
    #[schema(value_type = schema::MediaId)]
    id: MediaId,
    /// What it is, by its content.
    #[schema(example = "image/jpeg")]
    content_type: &'static str,
    /// How many bytes it has: fewer than were uploaded if it is an image that was too large.
    #[schema(example = 48_213)]
    bytes: u64,
}

/// A link to a file.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MediaLink {
    /// The file's id.
    #[schema(value_type = schema::MediaId)]
    id: MediaId,
    /// What it is, by its content.
    #[schema(example = "image/jpeg")]
    content_type: &'static str,
    /// How many bytes it has.
    #[schema(example = 48_213)]
    bytes: u64,
    /// Where it is. Whoever has the link has the file.
    #[schema(format = "uri", example = "https://files.example.com/files/1?X-Amz-Signature=1")]
    url: String,
    /// Until when.
    #[schema(value_type = schema::Time)]
    expires_at: Timestamp,
}

impl From<Begun> for MediaUpload {
    fn from(it: Begun) -> Self {
        let headers = it.upload.headers.into_iter().collect();
        let url = it.upload.url.into();
        Self { id: it.id, upload: SignedUpload { method: "PUT", url, headers, expires_at: it.expires_at } }
    }
}

impl From<KeptFile> for Media {
    fn from(it: KeptFile) -> Self {
        Self { id: it.id, content_type: it.file_type.mime(), bytes: it.bytes }
    }
}

impl From<Linked> for MediaLink {
    fn from(it: Linked) -> Self {
        let Media { id, content_type, bytes } = it.file.into();
        Self { id, content_type, bytes, url: it.url.into(), expires_at: it.expires_at }
    }
}

/// Upload a file
///
/// Gives a link for one upload of one file of just this type and size. Send the file there, then finish it; only then may a
/// message name it. Needs `messages:manage` and `messages:compose`.
#[utoipa::path(
    post, path = "/v1/media", operation_id = "upload_media", tag = "messages",
    extensions(("x-permission" = json!("messages:manage"))),
    request_body = NewMedia,
    responses(
        (status = 201, description = "The file may be uploaded.", body = MediaUpload),
        (status = 422, description = "`invalid`: messages carry no such type, or the file is too large"),
    ),
)]
pub(crate) async fn begin(
    State(app): State<App>,
    caller: Caller,
    Valid(body): Valid<NewMedia>,
) -> Result<(StatusCode, Json<MediaUpload>), Problem> {
    let file_type = FileType::of_mime(&body.content_type).ok_or_else(|| {
        let detail = "messages carry images, videos, audio, PDF documents and vCards";
        Problem::invalid(FieldError::body(["content_type"], Code::Invalid, detail))
    })?;
    let begun = app::media::begin(&app, &caller, file_type, body.bytes).map_err(problem)?;
    Ok((StatusCode::CREATED, Json(begun.into())))
}

/// Finish an upload
///
/// Looks at what was uploaded: it has to be what messages carry, by its content; a large image is made smaller. Again is the
/// same. Needs `messages:manage` and `messages:compose`.
#[utoipa::path(
    post, path = "/v1/media/{media_id}/finish", operation_id = "finish_media", tag = "messages",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("media_id" = inline(schema::MediaId), Path, description = "The file.")),
    responses(
        (status = 200, description = "The file, as messages may have it.", body = Media),
        (status = 404, description = "`not-found`: it was not uploaded, too long ago, or by somebody else"),
        (status = 409, description = "`conflict`: it is none that messages carry"),
    ),
)]
pub(crate) async fn finish(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<MediaId>,
) -> Result<Json<Media>, Problem> {
    Ok(Json(app::media::finish(&app, &caller, id).await.map_err(problem)?.into()))
}

/// Get a link to a file of a message
///
/// For some minutes. Whoever may see the message's conversation may have it.
#[utoipa::path(
    get, path = "/v1/messages/{message_id}/media/{media_id}", operation_id = "get_message_media", tag = "messages",
    extensions(("x-permission" = json!("messages:manage"))),
    params(
        ("message_id" = inline(schema::MessageId), Path, description = "The message."),
        ("media_id" = inline(schema::MediaId), Path, description = "The file."),
    ),
    responses(
        (status = 200, description = "The link.", body = MediaLink),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn link(
    State(app): State<App>,
    caller: Caller,
    Param((message, media)): Param<(MessageId, MediaId)>,
) -> Result<Json<MediaLink>, Problem> {
    Ok(Json(app::media::link(&app, &caller, message, media).await.map_err(problem)?.into()))
}
