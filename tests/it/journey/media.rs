//! Pictures in both directions.

use engines::phones::Attachment;
use serde_json::json;

use crate::house::House;

const CUSTOMER: &str = "+12125550123";

#[tokio::test]
async fn a_customers_pictures_are_shown_with_their_types() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let file = |name: &str, content_type: &str| Attachment {
        url: format!("https://media.example/{name}").parse().unwrap(),
        content_type: content_type.to_owned(),
    };
    let files = [file("cake.jpg", "image/jpeg"), file("song.mp4", "video/mp4")];
    for text in ["Like this?", ""] {
        let (from, to) = (CUSTOMER.parse().unwrap(), bakery.number.parse().unwrap());
        house.running.phones.text_in(&from, &to, text, &files).unwrap();
        house.settle().await;
        let conversation = house.conversation_with(&bakery.owner, CUSTOMER).await;
        assert_eq!(conversation["preview"], text);
        let path = format!(
            "/v1/conversations/{}/timeline?events=incoming_message",
            conversation["id"].as_str().unwrap()
        );
        let entries = house.list(&bakery.owner.token, &path).await;
        let message = &entries[0]["message"];
        assert_eq!((&message["text"], &message["status"]), (&json!(text), &json!("received")));
        let shown = message["media"].as_array().unwrap();
        // What they are is what their content says, which is the same picture in this test, and not what the carrier says.
        assert_eq!(shown.len(), files.len());
        assert!(shown.iter().all(|it| it["content_type"] == "image/jpeg" && it["state"] == "kept"));
    }
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn d27_pictures_leave_with_or_without_words() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let ten: Vec<_> = (0..10).map(|number| format!("https://example.com/{number}.jpg")).collect();
    for (text, media) in [(Some("Our menu 🥐"), &ten[..1]), (None, &ten[..3]), (Some("All"), &ten[..])] {
        let mut body = json!({"to": CUSTOMER, "media": media});
        if let Some(text) = text {
            body["body"] = json!(text);
        }
        let sent = house.send(&bakery.owner, &body).await;
        house.pass(jiff::SignedDuration::from_secs(10)).await;
        let path = format!("/v1/messages/{}", sent["id"].as_str().unwrap());
        let message = house.get(&bakery.owner.token, &path).await.expect(200);
        assert_eq!((&message["status"], &message["credits"]), (&json!("delivered"), &json!(3)));
        let (phone, number) = (CUSTOMER.parse().unwrap(), bakery.number.parse().unwrap());
        let thread = serde_json::to_value(house.running.phones.thread(&phone, &number)).unwrap();
        let last = thread["messages"].as_array().unwrap().last().unwrap();
        assert_eq!(last["text"], text.unwrap_or_default());
        assert_eq!(last["media"].as_array().unwrap().len(), media.len());
    }
    house.audit(&bakery.owner).await;
    house.close().await;
}
