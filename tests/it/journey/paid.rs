//! What a message costs: said before, held when it is accepted, spent when the carrier takes it (D30, D31, X14, X15).

use serde_json::{Value, json};

use crate::house::House;

const CUSTOMER: &str = "+12125550123";

/// A text with what the preview says of it: alphabet, segments, units, what remains, what forces UCS-2.
struct Case {
    text: String,
    encoding: &'static str,
    segments: u32,
    characters: u32,
    remaining: u32,
    offending: &'static [&'static str],
}

fn gsm(text: impl Into<String>, segments: u32, characters: u32, remaining: u32) -> Case {
    Case { text: text.into(), encoding: "gsm7", segments, characters, remaining, offending: &[] }
}

fn ucs(
    text: impl Into<String>,
    segments: u32,
    characters: u32,
    remaining: u32,
    offending: &'static [&'static str],
) -> Case {
    Case { text: text.into(), encoding: "ucs2", segments, characters, remaining, offending }
}

fn cases() -> Vec<Case> {
    vec![
        gsm("Hello", 1, 5, 155),
        gsm("x".repeat(160), 1, 160, 0),
        gsm("x".repeat(161), 2, 161, 145),
        gsm("x".repeat(306), 2, 306, 0),
        gsm("x".repeat(307), 3, 307, 152),
        gsm("café Ω ñ", 1, 8, 152),
        // Characters of the extension table take two.
        gsm("€".repeat(80), 1, 160, 0),
        gsm("[€]", 1, 6, 154),
        ucs("Hi 🥐", 1, 5, 65, &["🥐"]),
        ucs("é".repeat(69) + "ç", 1, 70, 0, &["ç"]),
        ucs("é".repeat(70) + "ç", 2, 71, 63, &["ç"]),
        ucs("– “ok” –", 1, 8, 62, &["–", "“", "”"]),
        ucs("🥐".repeat(35), 1, 70, 0, &["🥐"]),
        // A pair of units is not torn apart: 33 in each segment of 67.
        ucs("🥐".repeat(66), 2, 132, 1, &["🥐"]),
        ucs("🥐".repeat(67), 3, 134, 65, &["🥐"]),
        ucs("שלום", 1, 4, 66, &["ש", "ל", "ו", "ם"]),
    ]
}

#[tokio::test]
async fn d30_d31_x14_what_the_preview_says_is_what_is_charged() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let mut gone = 0;
    for case in cases() {
        let draft = json!({"body": case.text});
        let preview = house.post(&bakery.owner.token, "/v1/messages/preview", &draft).await.expect(200);
        let expected = json!({
            "encoding": case.encoding, "segments": case.segments, "characters": case.characters,
            "remaining": case.remaining, "offending_characters": case.offending, "credits": case.segments,
            "text": case.text, "replaced_characters": [],
        });
        assert_eq!(preview, expected, "{}", case.text);
        // Showing costs nothing and leaves nothing.
        assert_eq!(house.balance(&bakery.owner).await, [1_000 - gone, 0, gone]);

        let sent = house.send(&bakery.owner, &json!({"to": CUSTOMER, "body": case.text})).await;
        for field in ["encoding", "segments", "credits"] {
            assert_eq!(sent[field], preview[field], "{field} of {}", case.text);
        }
        let price = u64::from(case.segments);
        assert_eq!(house.balance(&bakery.owner).await, [1_000 - gone - price, price, gone], "held");
        house.settle().await;
        gone += price;
        assert_eq!(house.balance(&bakery.owner).await, [1_000 - gone, 0, gone], "spent");
        let path = format!("/v1/messages/{}", sent["id"].as_str().unwrap());
        let message = house.get(&bakery.owner.token, &path).await.expect(200);
        assert_eq!((&message["credits"], &message["segments"]), (&json!(price), &json!(case.segments)));
    }
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn d27_x14_an_mms_has_one_price_whatever_is_in_it() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let picture = "https://example.com/menu.jpg";
    let mut gone = 0;
    for content in [
        json!({"media": [picture]}),
        json!({"media": [picture, picture], "body": "Our menu 🥐"}),
        json!({"media": [picture], "body": "x".repeat(1_600)}),
    ] {
        let preview = house.post(&bakery.owner.token, "/v1/messages/preview", &content).await.expect(200);
        let mut message = content.clone();
        message["to"] = json!(CUSTOMER);
        let sent = house.send(&bakery.owner, &message).await;
        assert_eq!((&preview["credits"], &sent["credits"]), (&json!(3), &json!(3)));
        gone += 3;
    }
    house.settle().await;
    assert_eq!(house.balance(&bakery.owner).await, [100 - gone, 0, gone]);
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn d30_an_empty_draft_shows_the_room_of_a_first_segment() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    for draft in [json!({}), json!({"body": ""}), json!({"media": []})] {
        let preview = house.post(&bakery.owner.token, "/v1/messages/preview", &draft).await.expect(200);
        let room = json!({
            "encoding": "gsm7", "segments": 1, "characters": 0, "remaining": 160, "offending_characters": [],
            "replaced_characters": [], "credits": 1, "text": "",
        });
        assert_eq!(preview, room);
    }
    house.close().await;
}

#[tokio::test]
async fn b13_x15_the_ledger_tells_where_the_credits_went() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    house.pass(jiff::SignedDuration::from_secs(1)).await;
    let sent = house.send(&bakery.owner, &json!({"to": CUSTOMER, "body": "x".repeat(161)})).await;
    house.pass(jiff::SignedDuration::from_secs(1)).await;
    let refused = house.send(&bakery.owner, &json!({"to": "+12125550153", "body": "Hello"})).await;
    house.pass(jiff::SignedDuration::from_secs(1)).await;
    let ledger = house.list(&bakery.owner.token, "/v1/credits/ledger").await;
    let shown = |line: &Value| json!([line["kind"], line["amount"], line["message_id"], line["reference"]]);
    let mut lines: Vec<_> = ledger.iter().rev().map(shown).collect();
    // The charge and its return happened in the same moment.
    lines[2..].sort_by_key(|line| line[1].as_i64());
    assert_eq!(
        lines,
        [
            json!(["top_up", 10, null, "invoice 17"]),
            json!(["message", -2, sent["id"], null]),
            json!(["message", -1, refused["id"], null]),
            json!(["return", 1, refused["id"], null]),
        ]
    );
    house.audit(&bakery.owner).await;
    house.close().await;
}
