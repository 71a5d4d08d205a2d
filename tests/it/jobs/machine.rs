//! The machinery of jobs: one worker at a time, nothing that gets lost, stopping.

use std::time::Duration;

use app::conversations::Selection;
use app::jobs::bulk::{BulkAction, with_filter};
use app::ports::JobTask;
use domain::conversation::View;
use domain::job::{JobFailure, JobState};
use serde_json::json;
use testkit::{Business, World};

use super::id;
use crate::house::{Ask, House};

async fn begun(world: &World, business: &Business) -> JobTask {
    let job = with_filter(&world.app, &business.owner, BulkAction::Archive, Selection::of(View::Inbox)).await;
    JobTask { account: business.owner.account, job: job.unwrap().id }
}

async fn shown(world: &World, business: &Business, task: &JobTask) -> domain::job::Job {
    app::jobs::get(&world.app, &business.owner, task.job).await.unwrap()
}

/// The job's message got lost: the sweep queues it, once it is late.
#[tokio::test(start_paused = true)]
async fn a_job_whose_message_got_lost_is_queued_again_by_the_sweep() {
    let world = World::new(501).await;
    let business = world.business("Bakery", "+12015550100", 0).await;
    world.sqs.faults().set_down(true);
    let task = begun(&world, &business).await;
    world.sqs.faults().set_down(false);
    assert!(world.take_jobs(10).is_empty());
    assert_eq!(app::jobs::queue_stuck(&world.app).await.unwrap(), 0);
    tokio::time::advance(Duration::from_mins(3)).await;
    assert_eq!(app::jobs::queue_stuck(&world.app).await.unwrap(), 1);
    world.settle().await;
    assert_eq!(shown(&world, &business, &task).await.state, JobState::Done);
    tokio::time::advance(Duration::from_mins(30)).await;
    assert_eq!(app::jobs::queue_stuck(&world.app).await.unwrap(), 0);
}

/// Two messages of one job: the second worker leaves it to the first; afterwards there is nothing left to do.
#[tokio::test(start_paused = true)]
async fn two_workers_of_one_job_do_not_both_work() {
    let world = World::new(502).await;
    let business = world.business("Bakery", "+12015550100", 0).await;
    let task = begun(&world, &business).await;
    let (one, two) = tokio::join!(app::jobs::work(&world.app, &task), app::jobs::work(&world.app, &task));
    one.unwrap();
    two.unwrap();
    app::jobs::work(&world.app, &task).await.unwrap();
    assert_eq!(shown(&world, &business, &task).await.state, JobState::Done);
    let nowhere = JobTask { account: task.account, job: world.app.new_id() };
    app::jobs::work(&world.app, &nowhere).await.unwrap();
}

/// What comes no further is given up one day, and says so.
#[tokio::test(start_paused = true)]
async fn a_job_that_comes_no_further_is_given_up() {
    let world = World::new(503).await;
    let business = world.business("Bakery", "+12015550100", 0).await;
    let task = begun(&world, &business).await;
    for _ in 0..30 {
        // It is taken up, and its worker dies at the next thing it does.
        world.dynamo.faults().push_next_for("BatchGetItem", engines::faults::Fault::Down);
        app::jobs::work(&world.app, &task).await.ok();
        tokio::time::advance(Duration::from_mins(2)).await;
    }
    let job = shown(&world, &business, &task).await;
    assert_eq!((job.state, job.failure), (JobState::Failed, Some(JobFailure::GaveUp)));
}

#[tokio::test]
async fn a_job_is_stopped_by_whoever_sees_it_and_others_do_not() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let ben = house.colleague(&bakery, &["people_manager"], "none").await;
    let body = json!({"mapping": [{"column": "Phone", "field": "number"}]});
    let import = id(&house.post(&bakery.owner.token, "/v1/contacts/imports", &body).await.expect(201));
    let seen = house.list(&ben.token, "/v1/jobs").await;
    assert_eq!((seen.len(), &seen[0]["state"]), (1, &json!("waiting")));
    let clerk = house.colleague(&bakery, &[], "all").await;
    assert!(house.list(&clerk.token, "/v1/jobs").await.is_empty());
    house.get(&clerk.token, &format!("/v1/jobs/{import}")).await.problem(404, "not-found");
    let cancel = |who: &str| Ask::post(format!("/v1/jobs/{import}/cancel")).by(who);
    house.ask(cancel(&clerk.token)).await.problem(404, "not-found");
    assert_eq!(house.ask(cancel(&ben.token)).await.expect(200)["state"], "cancelled");
    assert_eq!(house.ask(cancel(&bakery.owner.token)).await.expect(200)["state"], "cancelled");
    let path = format!("/v1/contacts/imports/{import}");
    let part = Ask::new("PUT", format!("{path}/parts/1")).by(&ben.token).raw("text/csv", "x");
    house.ask(part).await.problem(409, "conflict");
    let log = house.list(&bakery.owner.token, &format!("/v1/audit-log?object={import}")).await;
    let actions: std::collections::BTreeSet<_> =
        log.iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(actions.into_iter().collect::<Vec<_>>(), ["job.cancelled", "job.started"]);
    house.close().await;
}
