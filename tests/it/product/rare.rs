//! Bad days and rare paths, which need permissions of their own.

use serde_json::json;

use super::client::Product;
use super::{CUSTOMER, conversation, status_is};

#[tokio::test(flavor = "multi_thread")]
async fn who_says_stop_gets_nothing_until_they_say_start() {
    let product = Product::start().await;
    let business = product.business().await;
    let send = json!({"to": CUSTOMER, "body": "Fresh bread!"});
    let first = product.post(&business.owner, "/v1/messages", &send).await.expect(202);
    status_is(&product, &business, first["id"].as_str().unwrap(), "delivered").await;

    product.text_in(CUSTOMER, &business, "STOP").await;
    product
        .eventually("the refusal to send", async || {
            let answer = product.post(&business.owner, "/v1/messages", &send).await;
            (answer.status.as_u16() == 403).then_some(())
        })
        .await;
    product.text_in(CUSTOMER, &business, "START").await;
    product
        .eventually("sending again", async || {
            let answer = product.post(&business.owner, "/v1/messages", &send).await;
            (answer.status.as_u16() == 202).then_some(())
        })
        .await;
    product.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_comes_while_the_table_is_down_is_there_later() {
    let product = Product::start().await;
    let business = product.business().await;
    // Only in this process can the table be switched off.
    if let Some(running) = product.here() {
        let queue = &running.template().queue("IngestQueue").unwrap().url;
        running.engines.dynamo.faults().set_down(true);
        product.text_in(CUSTOMER, &business, "Hello?").await;
        let kept = product
            .eventually("the webhook in the queue", async || {
                running.engines.sqs.bodies(queue).unwrap().first().cloned()
            })
            .await;
        running.engines.dynamo.faults().set_down(false);
        // It was tried at once, in vain; in a minute and a half the queue hands it out again.
        let record = json!({"messageId": "again", "receiptHandle": "r", "body": kept, "attributes": {}});
        let answer = running.functions().invoke("Ingest", json!({"Records": [record]})).await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
        let conversation = conversation(&product, &business.owner, "inbox").await;
        assert_eq!(conversation["preview"], "Hello?");
    }
    product.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_message_waits_for_its_carrier() {
    let product = Product::start().await;
    let business = product.business().await;
    let send = json!({"to": "+12125550157", "body": "Hello?"});
    let accepted = product.post(&business.owner, "/v1/messages", &send).await.expect(202);
    let id = accepted["id"].as_str().unwrap().to_owned();
    let timeline = format!("/v1/conversations/{}/timeline", accepted["conversation_id"].as_str().unwrap());
    product.get(&business.owner, &timeline).await.expect(200);
    let credits = product.get(&business.owner, "/v1/credits").await.expect(200);
    assert_eq!(credits["held"], 1);
    if let Some(running) = product.here() {
        product
            .eventually("the first attempt", async || {
                let calls = running.engines.sqs.calls();
                calls.iter().any(|call| call.operation == "ChangeMessageVisibility").then_some(())
            })
            .await;
    }
    let message = product.get(&business.owner, &format!("/v1/messages/{id}")).await.expect(200);
    assert_eq!(message["status"], "sending", "{message:#}");
    product.done().await;
}
