//! Meeting others: transactions on the same items, and a table without capacity.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use domain::{access::Audience, conversation::View};
use engines::{
    calls::CallLog,
    connector::{Connector, Engine, Refusal, Request, Response},
    dynamo::Dynamo,
    faults::{Fault, Faults},
};
use serde_json::{Value, json};
use storage::{ChangeError, ListQuery, StoreError};

use crate::{
    steps::inbound,
    support::{TABLE, World, at, customer, page},
};

/// A table that says "not now" to the next calls of one operation.
#[derive(Clone, Debug)]
struct Busy {
    dynamo: Dynamo,
    next: Arc<Mutex<(&'static str, u32)>>,
}

impl Busy {
    async fn world() -> (World, Self) {
        let dynamo = Dynamo::memory_without_stream().unwrap();
        dynamo.create_table(storage::table::definition(TABLE)).unwrap();
        let busy = Self { dynamo: dynamo.clone(), next: Arc::default() };
        let http = Connector::new(busy.clone(), Faults::default(), CallLog::default());
        (World::over(dynamo, http, RetryConfig::disabled()).await, busy)
    }

    fn refuse_next(&self, operation: &'static str, times: u32) {
        *self.next.lock().unwrap() = (operation, times);
    }

    /// Whether everything that was to be refused has been.
    fn is_done(&self) -> bool {
        self.next.lock().unwrap().1 == 0
    }
}

impl Engine for Busy {
    fn operation(&self, request: &Request) -> String {
        request.target.as_deref().and_then(|target| target.rsplit('.').next()).unwrap_or_default().to_owned()
    }

    async fn answer(&self, operation: &str, request: Request) -> Response {
        {
            let mut next = self.next.lock().unwrap();
            if next.0 == operation && next.1 > 0 {
                next.1 -= 1;
                return not_now(operation, &request);
            }
        }
        self.dynamo.respond(request).await.unwrap()
    }

    fn refuse(&self, _: Refusal, _: &str, _: &Request) -> Option<Response> {
        None
    }
}

/// A batch is left for later; any other write meets a transaction.
fn not_now(operation: &str, request: &Request) -> Response {
    const JSON: &str = "application/x-amz-json-1.0";
    if operation == "BatchGetItem" {
        let asked: Value = serde_json::from_slice(&request.body).unwrap();
        let answer = json!({"Responses": {}, "UnprocessedKeys": asked["RequestItems"]});
        return Response::new(200, JSON, answer.to_string());
    }
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionConflictException";
    let body = json!({"__type": kind, "message": "Transaction is ongoing for the item"});
    Response::new(400, JSON, body.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_single_write_that_meets_a_transaction_is_tried_again() {
    let (world, busy) = Busy::world().await;
    let queued = world.send(&customer(1), 1, at(1)).await;
    busy.refuse_next("PutItem", 3);
    world.claimed(&queued).await;
    assert!(busy.is_done());
    let opt_out = domain::consent::OptOut { since: at(2), source: domain::consent::OptOutSource::Carrier };
    busy.refuse_next("UpdateItem", 3);
    world.account.opt_out(&customer(1), opt_out).await.unwrap();
    assert!(busy.is_done());
    assert!(world.account.number(&customer(1)).await.unwrap().unwrap().opt_out.is_some());
    world.account.idempotency_begin([1; 32], [1; 32], at(0), at(1), at(2)).await.unwrap();
    busy.refuse_next("DeleteItem", 3);
    world.account.idempotency_release([1; 32]).await.unwrap();
    assert!(busy.is_done());
    assert!(world.of_kind("idempotency").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_single_write_that_always_meets_transactions_is_given_up() {
    let (world, busy) = Busy::world().await;
    let record = world.account.user(world.manager.id).await.unwrap().unwrap();
    let before = world.items();
    busy.refuse_next("PutItem", 1_000);
    let error = world.account.save_user(&record).await.unwrap_err();
    assert!(matches!(error, StoreError::Contention), "{error:?}");
    assert_eq!(world.items(), before);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_the_table_cannot_take_now_is_asked_for_again() {
    let (world, busy) = Busy::world().await;
    for n in 0..3 {
        world.receive(&customer(n), &format!("SM{n}"), at(1)).await;
    }
    let list = ListQuery::of(Audience::Everyone, View::Unread);
    busy.refuse_next("BatchGetItem", 3);
    let found = world.account.conversations(list, page(10, None)).await.unwrap().unwrap();
    assert_eq!((found.items.len(), busy.is_done()), (3, true));
    busy.refuse_next("BatchGetItem", 1_000);
    let error = world.account.conversations(list, page(10, None)).await.unwrap_err();
    assert!(matches!(error, StoreError::Contention), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_meets_another_is_tried_again_and_then_given_up() {
    let world = World::new().await;
    let change = || inbound(&world, None, &customer(1), "SM1", "Hi", at(1));
    let before = world.items();
    for _ in 0..8 {
        world.dynamo.faults().push_next(Fault::TransactionConflict);
    }
    let start = tokio::time::Instant::now();
    let error = world.account.change(change()).await.unwrap_err();
    assert!(matches!(error, ChangeError::Store(StoreError::Contention)), "{error:?}");
    assert_eq!((world.items(), world.dynamo.faults().pending()), (before, 0));
    let waited = start.elapsed().as_millis();
    assert!((300..1_000).contains(&waited), "{waited} ms: patient, but within a webhook's time");
    for _ in 0..7 {
        world.dynamo.faults().push_next(Fault::TransactionConflict);
    }
    world.account.change(change()).await.unwrap();
}
