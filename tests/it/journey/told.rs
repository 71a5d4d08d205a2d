//! Who is told of what (C09 to C18, E07), as the alert centre shows it.

use std::collections::BTreeSet;

use serde_json::json;

use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person};

const CUSTOMER: &str = "+12125550123";

/// A business with people of each access.
struct Team {
    house: House,
    bakery: Business,
    cleo: Person,
    ben: Person,
    dora: Person,
    conversation: String,
}

impl Team {
    /// The first text has come; everybody knows of it who is to know.
    async fn gather() -> Self {
        let house = House::open().await;
        let bakery = house.business("Harbour Bakery", 100).await;
        let cleo = house.colleague(&bakery, &[], "all").await;
        let ben = house.colleague(&bakery, &[], "assigned").await;
        let dora = house.colleague(&bakery, &["account_manager"], "none").await;
        for person in [&bakery.owner, &cleo, &ben, &dora] {
            house.device(person).await;
        }
        let conversation = house.text_in(CUSTOMER, &bakery, "Hello").await;
        let conversation = conversation["id"].as_str().unwrap().to_owned();
        Self { house, bakery, cleo, ben, dora, conversation }
    }

    fn people(&self) -> [(&'static str, &Person); 4] {
        [("ana", &self.bakery.owner), ("cleo", &self.cleo), ("ben", &self.ben), ("dora", &self.dora)]
    }

    /// How many notifications of each kind each of them has: `kind`, and `kind` again for each more.
    async fn told(&self) -> Vec<(&'static str, Vec<String>)> {
        self.house.settle().await;
        let mut all = vec![];
        for (name, person) in self.people() {
            let notifications = self.house.told(&person.token).await;
            // Who may not see the conversation any more is not shown where it was (I10).
            let elsewhere = notifications.iter().filter_map(|it| it["conversation_id"].as_str());
            assert!(elsewhere.into_iter().all(|id| id == self.conversation));
            let ids: BTreeSet<_> = notifications.iter().map(|it| it["id"].to_string()).collect();
            assert_eq!(ids.len(), notifications.len());
            let mut kinds: Vec<_> =
                notifications.iter().map(|it| it["kind"].as_str().unwrap().to_owned()).collect();
            kinds.sort();
            all.push((name, kinds));
        }
        all
    }

    /// Who hears something new while this happens.
    async fn hears(&self, happening: impl AsyncFnOnce()) -> Vec<&'static str> {
        let before = self.told().await;
        happening().await;
        let after = self.told().await;
        let changed = before.iter().zip(&after).filter(|(before, after)| before != after);
        changed.map(|(_, (name, _))| *name).collect()
    }

    async fn customer_writes(&self) {
        self.house.text_in(CUSTOMER, &self.bakery, "Anybody there?").await;
    }

    async fn assigns(&self, by: &Person, method: &str, who: &Person) {
        let path = format!("/v1/conversations/{}/assignees/{}", self.conversation, who.id);
        self.house.ask(Ask::new(method, path).by(&by.token)).await.expect(200);
    }

    async fn writes(&self, who: &Person) {
        self.house.send(who, &json!({"conversation_id": self.conversation, "body": "Yes!"})).await;
        self.house.settle().await;
    }

    async fn end(self) {
        self.house.audit(&self.bakery.owner).await;
        // Each notification was pushed once.
        let pushed = self.house.running.engines.sns.published();
        for (name, person) in self.people() {
            for it in self.house.told(&person.token).await {
                let id = it["id"].as_str().unwrap();
                let times = pushed.iter().filter(|push| push.message.contains(id)).count();
                assert_eq!(times, 1, "{name}");
            }
        }
        self.house.close().await;
    }
}

#[tokio::test]
async fn c09_c11_while_nobody_is_assigned_everybody_with_access_to_all_is_told() {
    let team = Team::gather().await;
    assert_eq!(
        team.told().await,
        [
            ("ana", vec!["inbound_message".to_owned()]),
            ("cleo", vec!["inbound_message".to_owned()]),
            ("ben", vec![]),
            ("dora", vec![]),
        ]
    );
    assert_eq!(team.hears(async || team.customer_writes().await).await, ["ana", "cleo"]);
    team.end().await;
}

#[tokio::test]
async fn c10_c12_once_somebody_is_assigned_only_those_assigned_are_told() {
    let team = Team::gather().await;
    let ana = &team.bakery.owner;
    team.assigns(ana, "PUT", &team.ben).await;
    assert_eq!(team.hears(async || team.customer_writes().await).await, ["ben"]);
    team.assigns(ana, "PUT", &team.cleo).await;
    assert_eq!(team.hears(async || team.customer_writes().await).await, ["cleo", "ben"]);
    team.end().await;
}

#[tokio::test]
async fn c13_e07_who_is_assigned_by_somebody_else_is_told_and_who_does_it_themselves_is_not() {
    let team = Team::gather().await;
    let ana = &team.bakery.owner;
    assert_eq!(team.hears(async || team.assigns(ana, "PUT", &team.ben).await).await, ["ben"]);
    let told = team.told().await;
    assert_eq!(told[2], ("ben", vec!["assigned".to_owned()]));
    assert!(team.hears(async || team.assigns(ana, "PUT", &team.ben).await).await.is_empty(), "nothing new");
    assert!(team.hears(async || team.assigns(ana, "PUT", ana).await).await.is_empty(), "she did it herself");
    assert!(team.hears(async || team.assigns(&team.cleo, "PUT", &team.cleo).await).await.is_empty());
    // Somebody else, once more, after it was taken back.
    team.assigns(&team.cleo, "DELETE", &team.ben).await;
    assert_eq!(team.hears(async || team.assigns(&team.cleo, "PUT", &team.ben).await).await, ["ben"]);
    team.end().await;
}

#[tokio::test]
async fn c16_c17_who_sends_is_assigned_untold_and_told_of_each_answer_as_long_as_the_assignment_lasts() {
    let team = Team::gather().await;
    assert!(team.hears(async || team.writes(&team.cleo).await).await.is_empty());
    let conversation = team.house.conversation_with(&team.bakery.owner, CUSTOMER).await;
    assert_eq!(conversation["assignees"], json!([team.cleo.id]));
    assert_eq!(team.hears(async || team.customer_writes().await).await, ["cleo"]);
    // A second sender is assigned beside the first; sending again changes nothing.
    let ana = &team.bakery.owner;
    team.writes(ana).await;
    team.writes(&team.cleo).await;
    let conversation = team.house.conversation_with(ana, CUSTOMER).await;
    assert_eq!(conversation["assignees"].as_array().unwrap().len(), 2);
    assert_eq!(team.hears(async || team.customer_writes().await).await, ["ana", "cleo"]);
    team.assigns(ana, "DELETE", &team.cleo).await;
    assert_eq!(team.hears(async || team.customer_writes().await).await, ["ana"]);
    // With the last assignment gone everybody is told again (C11).
    team.assigns(ana, "DELETE", ana).await;
    assert_eq!(team.hears(async || team.customer_writes().await).await, ["ana", "cleo"]);
    team.end().await;
}

#[tokio::test]
async fn c15_c18_x10_a_conversation_has_several_assignees_up_to_twenty() {
    let team = Team::gather().await;
    let ana = &team.bakery.owner;
    let mut people = vec![];
    for _ in 0..20 {
        people.push(team.house.colleague(&team.bakery, &[], "assigned").await);
    }
    let assign = |method: &str, user: &str| {
        let path = format!("/v1/conversations/{}/assignees/{user}", team.conversation);
        Ask::new(method, path).by(&ana.token)
    };
    for user in &people {
        team.house.ask(assign("PUT", &user.id)).await.expect(200);
    }
    team.house.settle().await;
    let problem =
        refused(&team.house, assign("PUT", &team.ben.id)).await.problem(409, "action-not-available");
    assert_eq!(problem["action"], "assign");
    // Who sends is not turned away because of that.
    team.writes(ana).await;
    team.house.ask(assign("DELETE", &people[0].id)).await.expect(200);
    team.house.ask(assign("PUT", &team.ben.id)).await.expect(200);
    let conversation = team.house.conversation_with(ana, CUSTOMER).await;
    assert_eq!(conversation["assignees"].as_array().unwrap().len(), 20);
    assert_eq!(team.hears(async || team.customer_writes().await).await, ["ben"]);
    for user in &people[1..] {
        // Of being assigned, and of the text.
        assert_eq!(team.house.told(&user.token).await.len(), 2);
    }
    team.end().await;
}

#[tokio::test]
async fn e07_a_notification_is_read_by_whom_it_belongs_to() {
    let team = Team::gather().await;
    let ana = &team.bakery.owner;
    let mine = team.house.told(&ana.token).await;
    assert_eq!(mine[0]["read"], false);
    let path = format!("/v1/notifications/{}/read", mine[0]["id"].as_str().unwrap());
    refused(&team.house, Ask::post(&path).by(&team.cleo.token)).await.problem(404, "not-found");
    for _ in 0..2 {
        assert_eq!(team.house.post(&ana.token, &path, &json!({})).await.status, 204);
    }
    assert_eq!(team.house.told(&ana.token).await[0]["read"], true);
    assert_eq!(team.house.told(&team.cleo.token).await[0]["read"], false);
    team.end().await;
}

/// The badge of each person is the length of their own unread list (I10).
#[tokio::test]
async fn i10_the_badge_counts_what_its_owner_may_see() {
    let team = Team::gather().await;
    let other = team.house.text_in("+12125550124", &team.bakery, "Hi").await;
    team.house.text_in("+12125550124", &team.bakery, "Hi again").await;
    team.assigns(&team.bakery.owner, "PUT", &team.ben).await;
    for (person, conversations, messages) in
        [(&team.bakery.owner, 2, 3), (&team.cleo, 2, 3), (&team.ben, 1, 1)]
    {
        let counts = team.house.get(&person.token, "/v1/conversations/counts").await.expect(200);
        assert_eq!(
            counts,
            json!({"unread": {"conversations": conversations, "messages": messages, "capped": false}})
        );
        let list = team.house.list(&person.token, "/v1/conversations?view=unread").await;
        assert_eq!(list.len(), conversations);
    }
    let path = format!("/v1/conversations/{}/read", other["id"].as_str().unwrap());
    team.house.post(&team.cleo.token, &path, &json!({})).await.expect(200);
    let counts =
        team.house.get(&team.bakery.owner.token, "/v1/conversations/counts?user_id=me").await.expect(200);
    assert_eq!(counts["unread"]["conversations"], 0, "nothing is assigned to her");
    team.house.audit(&team.bakery.owner).await;
    team.house.close().await;
}
