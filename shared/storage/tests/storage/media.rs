//! Files of messages: written down once, whoever comes twice.

use domain::{
    media::{FileType, KeptFile, MediaCopy},
    message::Media,
    timeline::EntryContent,
};
use storage::Upload;

use crate::{
    steps::inbound,
    support::{World, at, customer, id},
};

#[tokio::test]
async fn b01_a_file_is_written_down_once() {
    let world = World::new().await;
    let file = KeptFile { id: id(1), file_type: FileType::ThreeGpp, bytes: 123_456 };
    let upload = Upload { file, user: id(2), at: at(1) };
    assert!(world.account.put_upload(&upload).await.unwrap());
    assert!(!world.account.put_upload(&Upload { at: at(2), ..upload.clone() }).await.unwrap());
    assert_eq!(world.account.upload(id(1)).await.unwrap(), Some(upload));
    assert_eq!(world.account.upload(id(3)).await.unwrap(), None);
}

#[tokio::test]
async fn b01_what_became_of_a_copy_is_written_once_over_what_was_read() {
    let world = World::new().await;
    let mut change = inbound(&world, None, &customer(1), "MM1", "look", at(1));
    let EntryContent::Message(message) = &mut change.entries[0].content else { panic!("a message") };
    message.media = ["https://a.example/1", "https://a.example/2"]
        .map(|url| Media::at(url.into(), Some("image/jpeg".into())))
        .into();
    let read = message.as_ref().clone();
    world.account.change(change).await.unwrap();
    let file = KeptFile { id: read.copy_id(0), file_type: FileType::Jpeg, bytes: 5 };
    let kept = MediaCopy::Kept(file);
    let saved = world.account.save_copy(&read, 0, kept).await.unwrap().unwrap();
    assert_eq!(saved.media[0].file(), Some(file));
    // Who read it before that comes too late, for this file and for the other one.
    assert_eq!(world.account.save_copy(&read, 0, MediaCopy::Lost).await.unwrap(), None);
    assert_eq!(world.account.save_copy(&read, 1, MediaCopy::Lost).await.unwrap(), None);
    assert_eq!(world.account.save_copy(&saved, 0, MediaCopy::Lost).await.unwrap(), None);
    let last = world.account.save_copy(&saved, 1, MediaCopy::RefusedType).await.unwrap().unwrap();
    let stored = world.account.message_at(read.conversation, read.sequence).await.unwrap();
    assert_eq!(stored, Some(last));
}
