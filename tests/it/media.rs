//! Files of messages: uploaded, looked at, sent, copied from the carrier, and shown to who may see them.

use std::time::Duration;

use app::ports::MediaTask;
use domain::id::ConversationId;
use domain::media::MediaCopy;
use domain::message::{Media, Message};
use engines::faults::Fault;
use engines::phones::Attachment;
use engines::web::{PICTURE, Page};
use serde_json::{Value, json};
use testkit::{Business, World};

use crate::house::{Ask, House, id};

const CUSTOMER: &str = "+12125550123";
const OURS: &str = "+12015550100";
/// Where the simulated customer's picture is.
const FILE: &str = "https://media.example/cake.jpg";

fn attachment(url: &str) -> Attachment {
    Attachment { url: url.parse().unwrap(), content_type: "image/jpeg".into() }
}

fn write(world: &World, urls: &[&str]) {
    let files: Vec<_> = urls.iter().map(|url| attachment(url)).collect();
    world.phones.text_in(&CUSTOMER.parse().unwrap(), &OURS.parse().unwrap(), "Look", &files).unwrap();
}

/// The customer's last message.
async fn received(world: &World, business: &Business) -> Message {
    let account = world.app.store.account(business.owner.account);
    let conversation = domain::conversation::Conversation::id_for(
        business.owner.account,
        business.gateway.id,
        &CUSTOMER.parse().unwrap(),
    );
    let last = account.conversation(conversation).await.unwrap().unwrap().last_message.unwrap();
    let record = account.message_record(last).await.unwrap().unwrap();
    account.message_at(conversation, record.sequence).await.unwrap().unwrap()
}

fn task(business: &Business, message: &Message) -> MediaTask {
    let (account, conversation): (_, ConversationId) = (business.owner.account, message.conversation);
    MediaTask { account, conversation, sequence: message.sequence, message: message.id }
}

fn copies(message: &Message) -> Vec<Option<MediaCopy>> {
    message.media.iter().map(|it| it.copy).collect()
}

#[tokio::test(start_paused = true)]
async fn b01_a_customers_files_are_copied_at_once_and_dangerous_ones_kept_back() {
    let world = World::new(801).await;
    let business = world.business("Bakery", OURS, 0).await;
    let program = "https://media.example/cake.exe";
    world.web.set(program, Page::File((&b"MZ\x90\0\x03"[..]).into()));
    let inside = "https://media.example/moved.jpg";
    world.web.set(inside, Page::Moved("https://169.254.169.254/latest/meta-data".into()));
    let moved = "https://media.example/far.jpg";
    world.web.set(moved, Page::Moved("https://cdn.example/far.jpg".into()));
    write(&world, &[FILE, program, inside, moved]);
    world.settle().await;
    let message = received(&world, &business).await;
    let [kept, refused, lost, far] = message.media.as_slice() else { panic!("four files") };
    assert_eq!(kept.file().unwrap().bytes, u64::try_from(PICTURE.len()).unwrap());
    assert_eq!((refused.copy, lost.copy), (Some(MediaCopy::RefusedType), Some(MediaCopy::Lost)));
    assert!(far.file().is_some());
    assert_eq!(world.bucket.keys().len(), 2);
    assert!(world.web.asked().iter().all(|(url, shown)| !url.contains("169.254") && !shown));
}

#[tokio::test(start_paused = true)]
async fn b01_a_file_that_does_not_come_is_tried_again_and_then_given_up_without_holding_up_its_message() {
    let world = World::new(802).await;
    let business = world.business("Bakery", OURS, 0).await;
    let later = "https://media.example/later.jpg";
    for url in [FILE, later] {
        world.web.set(url, Page::Silent);
    }
    write(&world, &[FILE, later]);
    world.settle().await;
    assert_eq!(copies(&received(&world, &business).await), [None, None]);
    world.web.set(later, Page::File(PICTURE.into()));
    world.pass(Duration::from_mins(7)).await;
    let message = received(&world, &business).await;
    assert!(message.media[0].copy.is_none() && message.media[1].file().is_some());
    world.pass(Duration::from_mins(50)).await;
    let message = received(&world, &business).await;
    assert_eq!(message.media[0].copy, Some(MediaCopy::Lost));
    assert!(message.media[1].file().is_some());
    assert_eq!(world.sqs.counts(&world.sqs.url(testkit::JOBS_DEAD)).unwrap().visible, 0);
}

#[tokio::test(start_paused = true)]
async fn b01_copying_twice_at_once_and_after_being_cut_off_is_copying_once() {
    let world = World::new(803).await;
    let business = world.business("Bakery", OURS, 0).await;
    for url in [FILE, "https://media.example/2.jpg"] {
        world.web.set(url, Page::Silent);
    }
    write(&world, &[FILE, "https://media.example/2.jpg"]);
    world.settle().await;
    for url in [FILE, "https://media.example/2.jpg"] {
        world.web.set(url, Page::File(PICTURE.into()));
    }
    let task = task(&business, &received(&world, &business).await);
    // The answer of what was written gets lost, then nothing can be written at all.
    world.dynamo.faults().push_next_for("PutItem", Fault::LostResponse);
    assert!(app::media::copy(&world.app, &task).await.is_err());
    world.dynamo.faults().push_next_for("PutItem", Fault::Down);
    assert!(app::media::copy(&world.app, &task).await.is_err());
    let (one, two) = tokio::join!(app::media::copy(&world.app, &task), app::media::copy(&world.app, &task));
    one.unwrap();
    two.unwrap();
    let message = received(&world, &business).await;
    assert_eq!(message.media.iter().filter_map(Media::file).count(), 2);
    assert_eq!(world.bucket.keys().len(), 2);
    let asked = world.web.asked().len();
    app::media::copy(&world.app, &task).await.unwrap();
    assert_eq!(world.web.asked().len(), asked, "what is done is not fetched again");
}

#[tokio::test]
async fn d28_a_file_is_uploaded_sent_by_its_id_and_fetched_by_the_carrier() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let token = &bakery.owner.token;
    let new = json!({"content_type": "image/jpeg", "bytes": PICTURE.len()});
    let begun = house.post(token, "/v1/media", &new).await.expect(201);
    let finish = format!("/v1/media/{}/finish", id(&begun));
    let by = |path: &str| Ask::post(path.to_owned()).by(token);
    house.ask(by(&finish)).await.problem(404, "not-found");
    assert_eq!(house.put_file(&begun["upload"], b"of another length"), 403);
    let message = json!({"to": CUSTOMER, "media": [{"id": begun["id"]}]});
    house.post(token, "/v1/messages", &message).await.names("#/media/0", "no_such_thing");
    assert_eq!(house.put_file(&begun["upload"], PICTURE), 200);
    let file = house.ask(by(&finish)).await.expect(200);
    assert_eq!(file["content_type"], "image/jpeg");
    assert_eq!(house.ask(by(&finish)).await.expect(200), file);

    let sent = house.send(&bakery.owner, &message).await;
    house.pass(jiff::SignedDuration::from_secs(10)).await;
    let path = format!("/v1/messages/{}", id(&sent));
    let shown = house.get(token, &path).await.expect(200);
    assert_eq!((&shown["status"], &shown["credits"]), (&json!("delivered"), &json!(3)));
    assert_eq!(
        shown["media"],
        json!([{
            "id": begun["id"], "url": null, "content_type": "image/jpeg", "bytes": PICTURE.len(), "state": "kept",
        }])
    );
    let (phone, number) = (CUSTOMER.parse().unwrap(), bakery.number.parse().unwrap());
    let thread = serde_json::to_value(house.running.phones.thread(&phone, &number)).unwrap();
    let last = thread["messages"].as_array().unwrap().last().unwrap();
    let fetched = house.get_file(last["media"][0]["url"].as_str().unwrap());
    assert_eq!((fetched.status.as_u16(), &fetched.body[..]), (200, PICTURE));
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn b01_what_is_uploaded_is_what_its_content_says_and_belongs_to_who_uploaded_it() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let (ben, token) = (house.colleague(&bakery, &[], "all").await, &bakery.owner.token);
    for (content_type, bytes, pointer, code) in [
        ("text/html", 5, "#/content_type", "invalid"),
        ("image/jpeg", 0, "#/bytes", "out_of_range"),
        ("image/jpeg", 10_000_001, "#/bytes", "out_of_range"),
    ] {
        let new = json!({"content_type": content_type, "bytes": bytes});
        house.post(token, "/v1/media", &new).await.names(pointer, code);
    }
    let page = b"<html><script>alert(1)</script></html>";
    let new = json!({"content_type": "image/png", "bytes": page.len()});
    let begun = house.post(token, "/v1/media", &new).await.expect(201);
    assert_eq!(house.put_file(&begun["upload"], page), 200);
    let finish = |by: &str| Ask::post(format!("/v1/media/{}/finish", id(&begun))).by(by);
    house.ask(finish(token)).await.problem(409, "conflict");
    house.ask(finish(&ben.token)).await.problem(404, "not-found");
    let picture = house.upload(&bakery.owner, "image/jpeg", PICTURE).await;
    house
        .ask(Ask::post(format!("/v1/media/{picture}/finish")).by(&ben.token))
        .await
        .problem(404, "not-found");
    // A video that this carrier would not take is refused by the field that names it.
    let mut video = b"\0\0\0\x18ftypqt  ".to_vec();
    video.resize(100, 0);
    let video = house.upload(&bakery.owner, "video/quicktime", &video).await;
    let message = json!({"to": CUSTOMER, "media": [{"id": picture}, {"id": video}]});
    house.post(token, "/v1/messages", &message).await.names("#/media/1", "invalid");
    house.close().await;
}

#[tokio::test]
async fn b01_a_link_to_a_file_is_given_to_who_may_see_the_conversation_and_ends() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let rival = house.business("Rival Roasters", 100).await;
    let ben = house.colleague(&bakery, &[], "assigned").await;
    let (from, to) = (CUSTOMER.parse().unwrap(), bakery.number.parse().unwrap());
    house.running.phones.text_in(&from, &to, "Like this?", &[attachment(FILE)]).unwrap();
    house.settle().await;
    let conversation = id(&house.conversation_with(&bakery.owner, CUSTOMER).await);
    let path = format!("/v1/conversations/{conversation}/timeline?events=incoming_message");
    let entries = house.list(&bakery.owner.token, &path).await;
    let message = &entries[0]["message"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let media = &message["media"][0];
    assert_eq!((&media["state"], &media["url"]), (&json!("kept"), &Value::Null));
    let path = format!("/v1/messages/{}/media/{}", text(&message["id"]), text(&media["id"]));
    for stranger in [&ben.token, &rival.owner.token] {
        house.get(stranger, &path).await.problem(404, "not-found");
    }
    let link = house.get(&bakery.owner.token, &path).await.expect(200);
    let url = text(&link["url"]);
    assert_eq!((house.get_file(&url).status.as_u16(), &link["content_type"]), (200, &json!("image/jpeg")));
    let assign = format!("/v1/conversations/{conversation}/assignees/{}", ben.id);
    house.ask(Ask::new("PUT", assign).by(&bakery.owner.token)).await.expect(200);
    house.get(&ben.token, &path).await.expect(200);
    house.pass(jiff::SignedDuration::from_mins(6)).await;
    assert_eq!(house.get_file(&url).status.as_u16(), 403);
    house.close().await;
}
