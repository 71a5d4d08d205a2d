//! Who is told of what, and who is assigned.

use http::Method;
use serde_json::{Value, json};

use super::api::Api;

const CUSTOMER: &str = "+12125550123";

/// An account with people of every access, and a conversation.
struct Office {
    api: Api,
    owner: String,
    owner_id: String,
}

impl Office {
    async fn open(seed: u64) -> Self {
        let api = Api::new(seed).await;
        let (owner, _) = api.business(20).await;
        let me = api.get(&owner, "/v1/me").await.expect(200);
        Self { api, owner, owner_id: me["user"]["id"].as_str().unwrap().to_owned() }
    }

    async fn person(&self, name: &str, access: &str) -> (String, String) {
        self.api.colleague(&self.owner, &format!("{name}@bakery.example"), access).await
    }

    async fn path(&self) -> String {
        let page = self.api.get(&self.owner, "/v1/conversations?view=all").await.expect(200);
        format!("/v1/conversations/{}", page["data"][0]["id"].as_str().unwrap())
    }

    async fn assign(&self, method: Method, user: &str) -> Value {
        let path = format!("{}/assignees/{user}", self.path().await);
        let conversation = self.api.call(method, &path, &self.owner, "", &Value::Null).await.expect(200);
        self.api.world.settle().await;
        conversation["assignees"].clone()
    }

    async fn send(&self, token: &str) {
        let body = json!({"to": CUSTOMER, "body": "Good morning"});
        self.api.post(token, "/v1/messages", &body).await.expect(202);
        self.api.world.settle().await;
    }

    /// What each of these people was told, oldest first.
    async fn told(&self, tokens: &[&str]) -> Vec<Vec<String>> {
        let mut told = vec![];
        for token in tokens {
            let page = self.api.get(token, "/v1/notifications").await.expect(200);
            let kinds = page["data"].as_array().unwrap().iter().rev();
            told.push(kinds.map(|it| it["kind"].as_str().unwrap().to_owned()).collect());
        }
        told
    }
}

#[tokio::test(start_paused = true)]
async fn c09_to_c12_c17_c18_who_is_told_of_a_text() {
    let office = Office::open(61).await;
    let (_, cal) = office.person("cal", "all").await;
    let (ben_id, ben) = office.person("ben", "assigned").await;
    let (_, eve) = office.person("eve", "none").await;
    let people = [office.owner.as_str(), &cal, &ben, &eve];
    for (person, token) in people.into_iter().zip(["ana", "cal", "ben", "eve"]) {
        let device = json!({"platform": "apns", "token": token, "name": "Telephone"});
        office.api.post(person, "/v1/push-endpoints", &device).await.expect(201);
    }

    office.api.text_in(CUSTOMER, "Hello").await;
    let none: [&str; 0] = [];
    let text = "inbound_message";
    assert_eq!(office.told(&people).await, [vec![text], vec![text], none.to_vec(), none.to_vec()]);

    office.assign(Method::PUT, &ben_id).await;
    office.api.text_in(CUSTOMER, "Is anybody there?").await;
    assert_eq!(office.told(&people).await, [vec![text], vec![text], vec!["assigned", text], none.to_vec()]);

    office.assign(Method::DELETE, &ben_id).await;
    office.api.text_in(CUSTOMER, "Hello?").await;
    let twice = vec![text, text];
    assert_eq!(office.told(&people).await, [twice.clone(), twice, vec!["assigned", text], none.to_vec()]);
    assert_eq!(office.api.world.sns.published().len(), 6, "what stands in the alert centre was pushed, once");
}

#[tokio::test(start_paused = true)]
async fn c13_who_assigns_themselves_is_not_told_and_by_somebody_else_is() {
    let office = Office::open(62).await;
    office.send(&office.owner).await;
    let (cal_id, cal) = office.person("cal", "all").await;
    office.assign(Method::DELETE, &office.owner_id).await;
    office.assign(Method::PUT, &office.owner_id).await;
    office.assign(Method::PUT, &cal_id).await;
    let nothing: Vec<&str> = vec![];
    assert_eq!(office.told(&[&office.owner, &cal]).await, [nothing, vec!["assigned"]]);
}

#[tokio::test(start_paused = true)]
async fn c15_c16_x10_e08_several_are_assigned_by_hand_or_by_sending_and_taken_off_again() {
    let office = Office::open(63).await;
    office.api.text_in(CUSTOMER, "Hello").await;
    let (ben_id, _) = office.person("ben", "assigned").await;
    let (cal_id, cal) = office.person("cal", "all").await;
    let both = |a: &String, b: &String| {
        let mut both = [a.clone(), b.clone()];
        both.sort();
        json!(both)
    };
    office.assign(Method::PUT, &ben_id).await;
    office.send(&cal).await;
    office.send(&cal).await;
    let path = office.path().await;
    assert_eq!(office.api.get(&cal, &path).await.expect(200)["assignees"], both(&ben_id, &cal_id));
    let events = office.api.get(&cal, &format!("{path}/timeline?events=assigned")).await.expect(200);
    assert_eq!(events["data"].as_array().unwrap().len(), 2, "sending again assigns nobody again");
    assert_eq!(office.assign(Method::DELETE, &ben_id).await, json!([cal_id]));
    assert_eq!(office.assign(Method::DELETE, &ben_id).await, json!([cal_id]));
}

#[tokio::test(start_paused = true)]
async fn x09_who_sees_only_their_own_may_start_a_conversation_but_not_join_another() {
    let office = Office::open(64).await;
    office.api.text_in(CUSTOMER, "Hello").await;
    let (ben_id, ben) = office.person("ben", "assigned").await;
    let join = json!({"to": CUSTOMER, "body": "Me too"});
    office.api.post(&ben, "/v1/messages", &join).await.problem(404, "not-found");
    let start = json!({"to": "+12125550124", "body": "Good morning"});
    let accepted = office.api.post(&ben, "/v1/messages", &start).await.expect(202);
    let path = format!("/v1/conversations/{}", accepted["conversation_id"].as_str().unwrap());
    assert_eq!(office.api.get(&ben, &path).await.expect(200)["assignees"], json!([ben_id]));
}
