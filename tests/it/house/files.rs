//! Files, sent to the bucket and got from there as clients do.

use carriers::{HttpReply, HttpRequest};
use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::{Ask, House, Person, id};

impl House {
    /// Sends a file to where an upload may go.
    pub(crate) fn put_file(&self, upload: &Value, content: &[u8]) -> u16 {
        let mut headers = HeaderMap::new();
        for (name, value) in upload["headers"].as_object().unwrap() {
            let name: http::HeaderName = name.parse().unwrap();
            headers.insert(name, value.as_str().unwrap().parse().unwrap());
        }
        let url = upload["url"].as_str().unwrap().parse().unwrap();
        let request = HttpRequest { method: Method::PUT, url, headers, body: content.to_vec().into() };
        self.running.bucket.answer(&request).status.as_u16()
    }

    /// What a link leads to.
    pub(crate) fn get_file(&self, url: &str) -> HttpReply {
        self.running.bucket.answer(&HttpRequest::get_public(url.parse().unwrap()))
    }

    /// Uploads a file and finishes it; its id.
    pub(crate) async fn upload(&self, person: &Person, content_type: &str, content: &[u8]) -> String {
        let new = json!({"content_type": content_type, "bytes": content.len()});
        let begun = self.post(&person.token, "/v1/media", &new).await.expect(201);
        assert_eq!(self.put_file(&begun["upload"], content), 200);
        let path = format!("/v1/media/{}/finish", id(&begun));
        id(&self.ask(Ask::post(path).by(&person.token)).await.expect(200))
    }
}
