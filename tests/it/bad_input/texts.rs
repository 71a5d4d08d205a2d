//! Texts of every kind: taken as they are where a text is meant, refused where no carrier would take them.

use serde_json::json;

use super::refused;
use crate::house::{Ask, House};

const CUSTOMER: &str = "+12125550123";

/// Texts that people write.
fn texts() -> Vec<String> {
    [
        "🥐",
        "👨‍👩‍👧‍👦 🏳️‍🌈 🇺🇸 👍🏽",
        "שלום, מתי אתם פתוחים?",
        "\u{202b}مرحبا\u{202c} 123",
        "e\u{301}a\u{308}\u{328}",
        "नमस्ते",
        "こんにちは世界",
        " spaces are kept \t\n\r\n",
        "\"quotes\" \\ / <script>alert(1)</script> ' OR 1=1 --",
        "${jndi:ldap://x} {{7*7}} %00 %s",
        "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u{10ffff}",
        "\u{feff}a",
        "null",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[tokio::test]
async fn a_text_leaves_and_is_shown_as_it_was_written() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 20_000).await;
    let mut all = texts();
    all.push("a".repeat(1_600));
    all.push("🥐".repeat(1_600));
    let mut sent = vec![];
    for text in &all {
        sent.push(house.send(&bakery.owner, &json!({"to": CUSTOMER, "body": text})).await);
    }
    house.settle().await;
    for (text, sent) in all.iter().zip(&sent) {
        let path = format!("/v1/messages/{}", sent["id"].as_str().unwrap());
        let message = house.get(&bakery.owner.token, &path).await.expect(200);
        assert_eq!(message["text"], *text);
        assert_eq!(message["status"], "sent");
    }
    let (phone, number) = (CUSTOMER.parse().unwrap(), bakery.number.parse().unwrap());
    let arrived = house.running.phones.received(&phone, &number);
    assert_eq!(arrived.iter().map(|it| it.text.as_str()).collect::<Vec<_>>(), all);
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn a_text_that_no_carrier_takes_is_refused() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let too_long = "x".repeat(1_601);
    let emoji = "🥐".repeat(1_601);
    for text in
        ["", " ", "\n\t", "\u{200b}\u{feff}", "a\u{0}b", "\u{0}", "\u{7}", "\u{1b}[31m", &too_long, &emoji]
    {
        let ask =
            Ask::post("/v1/messages").by(&bakery.owner.token).json(&json!({"to": CUSTOMER, "body": text}));
        refused(&house, ask).await.names("#/body", "invalid");
    }
    for text in ["a\u{0}b", "\u{1b}[31m"] {
        let ask = Ask::post("/v1/messages/preview").by(&bakery.owner.token).json(&json!({"body": text}));
        refused(&house, ask).await.names("#/body", "invalid");
    }
    let ask = Ask::post("/v1/messages/preview").by(&bakery.owner.token).json(&json!({"body": too_long}));
    refused(&house, ask).await.names("#/body", "too_long");
    house.close().await;
}

#[tokio::test]
async fn media_that_no_carrier_could_fetch_are_refused() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let long = format!("https://example.com/{}", "x".repeat(2_048));
    for (address, code) in [
        ("", "invalid"),
        ("menu.jpg", "invalid"),
        ("http://example.com/menu.jpg", "invalid"),
        ("ftp://example.com/menu.jpg", "invalid"),
        ("javascript:alert(1)", "invalid"),
        ("file:///etc/passwd", "invalid"),
        ("https://", "invalid"),
        ("https://exa mple.com/", "invalid"),
        ("https://example\u{0}.com/", "invalid"),
        (&long, "too_long"),
    ] {
        let body = json!({"to": CUSTOMER, "media": ["https://example.com/a.jpg", address]});
        let ask = Ask::post("/v1/messages").by(&bakery.owner.token).json(&body);
        refused(&house, ask).await.names("#/media/1", code);
    }
    let many = vec!["https://example.com/a.jpg"; 11];
    let ask = Ask::post("/v1/messages").by(&bakery.owner.token).json(&json!({"to": CUSTOMER, "media": many}));
    refused(&house, ask).await.names("#/media", "too_long");
    house.close().await;
}

#[tokio::test]
async fn what_a_customer_wrote_is_kept_whatever_is_in_it() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let twilio = house.twilio_line(&bakery.owner).await;
    let mut all = texts();
    all.extend(["a\u{0}b", "\u{1b}[31m\u{7}", "\u{200b}", "\u{202e}txet"].map(str::to_owned));
    all.push("long ".repeat(3_000));
    for line in [&bakery.line, &twilio] {
        for (number, text) in all.iter().enumerate() {
            let body = line.text(&format!("SM{number:032}"), CUSTOMER, text);
            house.ask(line.webhook(&line.inbound(), body, house.now())).await.expect(200);
        }
    }
    house.settle().await;
    for conversation in house.list(&bakery.owner.token, "/v1/conversations?view=all").await {
        assert_eq!(conversation["unread"], all.len());
        let path = format!(
            "/v1/conversations/{}/timeline?events=incoming_message",
            conversation["id"].as_str().unwrap()
        );
        let entries = house.list(&bakery.owner.token, &path).await;
        let kept: Vec<_> = entries.iter().rev().map(|it| it["message"]["text"].as_str().unwrap()).collect();
        assert_eq!(kept, all);
    }
    house.close().await;
}

#[tokio::test]
async fn names_in_every_script_are_kept_as_they_are_written() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    for name in
        ["🥐 Ana", "שרה", "محمد", "José María", "张伟", "O'Neil-Smith", "a".repeat(100).as_str(), "İI"]
    {
        let path = format!("/v1/users/{}", bakery.owner.id);
        let ask = Ask::new("PATCH", path).by(&bakery.owner.token).json(&json!({"name": name}));
        let user = house.ask(ask).await.expect(200);
        assert_eq!(user["name"], name);
        assert!(!user["initials"].as_str().unwrap().is_empty(), "{name}");
        let me = house.get(&bakery.owner.token, "/v1/me").await.expect(200);
        assert_eq!(me["user"]["name"], name);
    }
    house.close().await;
}

#[tokio::test]
async fn a_password_may_be_any_text_of_ten_characters() {
    let house = House::open().await;
    for (serial, password) in ["ten chars.", "🥐🪗🌋🦉🧵🎻🐟🧊🥁🪁", "nul\u{0}inside it", "שלום חברים יקרים"]
        .into_iter()
        .enumerate()
    {
        let email = format!("cleo-{serial}@example.com");
        let body = json!({
            "business_name": "New", "time_zone": "UTC", "region": "DE", "name": "Cleo", "email": email,
            "password": password,
        });
        house.ask(Ask::post("/v1/sign-up").json(&body)).await.expect(201);
        let sign_in =
            |password: &str| Ask::post("/v1/sessions").json(&json!({"email": email, "password": password}));
        house.ask(sign_in(password)).await.expect(201);
        // Nothing is cut off or folded on the way.
        let cut = &password[..password.char_indices().last().unwrap().0];
        house.ask(sign_in(cut)).await.problem(401, "sign-in-failed");
    }
    house.close().await;
}
