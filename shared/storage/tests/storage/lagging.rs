//! An index that lags behind the table, as DynamoDB's do for some milliseconds.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use domain::{
    access::Audience,
    conversation::{Conversation, View},
};
use engines::{
    calls::CallLog,
    connector::{Connector, Engine, Refusal, Request, Response},
    dynamo::Dynamo,
    faults::Faults,
};
use serde_json::Value;
use storage::ListQuery;

use crate::support::{TABLE, World, at, customer, page};

/// A table whose queries answer what they answered before, once it is frozen.
#[derive(Clone, Debug)]
struct Lagging {
    dynamo: Dynamo,
    answers: Arc<Mutex<HashMap<String, Response>>>,
    frozen: Arc<Mutex<bool>>,
}

impl Lagging {
    async fn world() -> (World, Self) {
        let dynamo = Dynamo::memory_without_stream().unwrap();
        dynamo.create_table(storage::table::definition(TABLE)).unwrap();
        let lagging = Self { dynamo: dynamo.clone(), answers: Arc::default(), frozen: Arc::default() };
        let http = Connector::new(lagging.clone(), Faults::default(), CallLog::default());
        (World::over(dynamo, http, RetryConfig::disabled()).await, lagging)
    }

    fn freeze(&self) {
        *self.frozen.lock().unwrap() = true;
    }

    /// From now on each frozen answer has each of its items twice, as while an entry moves.
    fn double(&self) {
        for answer in self.answers.lock().unwrap().values_mut() {
            let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
            let items = body["Items"].as_array_mut().unwrap();
            items.extend(items.clone());
            answer.body = body.to_string().into_bytes().into();
        }
    }
}

impl Engine for Lagging {
    fn operation(&self, request: &Request) -> String {
        request.target.as_deref().and_then(|target| target.rsplit('.').next()).unwrap_or_default().to_owned()
    }

    async fn answer(&self, operation: &str, request: Request) -> Response {
        if operation != "Query" {
            return self.dynamo.respond(request).await.unwrap();
        }
        // The SDK writes the fields of a map in any order.
        let question = serde_json::from_slice::<Value>(&request.body).unwrap().to_string();
        if *self.frozen.lock().unwrap() {
            return self.answers.lock().unwrap()[&question].clone();
        }
        let answer = self.dynamo.respond(request).await.unwrap();
        self.answers.lock().unwrap().insert(question, answer.clone());
        answer
    }

    fn refuse(&self, _: Refusal, _: &str, _: &Request) -> Option<Response> {
        None
    }
}

async fn listed(world: &World, view: View) -> Vec<Conversation> {
    let list = ListQuery::of(Audience::User(world.colleague.id), view);
    world.account.conversations(list, page(10, None)).await.unwrap().unwrap().items
}

/// Three unread conversations of the colleague's.
async fn three(world: &World) -> Vec<Conversation> {
    for n in 0..3 {
        let new = world.receive(&customer(n), &format!("SM{n}"), at(n.into())).await;
        world.act(&new, at(9), |it| it.assign(world.colleague.id).unwrap()).await;
    }
    listed(world, View::Unread).await
}

#[tokio::test]
async fn i10_what_was_read_or_taken_away_is_not_listed_as_unread_although_the_index_still_has_it() {
    let (world, table) = Lagging::world().await;
    let [newest, middle, oldest] = three(&world).await.try_into().unwrap();
    table.freeze();
    world.act(&newest, at(10), |it| it.unassign(world.colleague.id)).await;
    world
        .act(&middle, at(10), |it| {
            it.read();
            Vec::new()
        })
        .await;
    assert_eq!(listed(&world, View::Unread).await, [oldest]);
}

#[tokio::test]
async fn a_conversation_is_listed_once_although_the_index_shows_it_twice() {
    let (world, table) = Lagging::world().await;
    let unread = three(&world).await;
    let inbox = listed(&world, View::Inbox).await;
    let all = listed(&world, View::All).await;
    table.freeze();
    table.double();
    assert_eq!(listed(&world, View::Unread).await, unread);
    assert_eq!(listed(&world, View::Inbox).await, inbox);
    assert_eq!(listed(&world, View::All).await, all);
}

#[tokio::test]
async fn a_conversation_that_moves_between_two_folders_is_listed_once_as_it_is_now() {
    let (world, table) = Lagging::world().await;
    let [newest, middle, oldest] = three(&world).await.try_into().unwrap();
    listed(&world, View::All).await;
    let archived = world.act(&middle, at(20), Conversation::archive).await;
    // The archive is asked after the move has reached it, the inbox before.
    listed(&world, View::Archived).await;
    table.freeze();
    assert_eq!(listed(&world, View::All).await, [newest, archived, oldest]);
}
