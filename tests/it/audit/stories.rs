//! The traces of what takes a token, a code, or something that has to be made first.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::traces::Leaves::{self, One};
use super::traces::{check, in_stories};
use super::{Kept, kept};
use crate::house::{Answer, Ask, Operation, PASSWORD, Stage, operations};
use crate::security::{SecondFactor, link};

/// A stage on which each step is looked at, and who has had a turn.
struct Told {
    stage: Stage,
    described: Vec<Operation>,
    steps: BTreeSet<String>,
}

impl Told {
    /// A step that leaves this in the log.
    async fn step(&mut self, id: &str, leaves: Leaves, ask: Ask) -> Answer {
        let house = &self.stage.house;
        house.settle().await;
        let before: BTreeSet<Kept> = kept(house).into_iter().collect();
        let answer = house.ask(ask).await;
        assert!(answer.status < 300, "{id}: {answer:?}");
        house.settle().await;
        let after: BTreeSet<Kept> = kept(house).into_iter().collect();
        let new: Vec<Kept> = after.difference(&before).cloned().collect();
        let operation = self.described.iter().find(|it| it.id == id).unwrap();
        check(operation, &leaves, &new);
        self.steps.insert(id.to_owned());
        answer
    }

    fn owner(&self) -> String {
        self.stage.harbour.owner.token.clone()
    }

    /// Something that is made so that a step can work on it: its id.
    async fn made(&self, path: &str, body: &Value) -> String {
        let made = self.stage.house.post(&self.owner(), path, body).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    }

    fn delete(&self, path: String) -> Ask {
        Ask::new("DELETE", path).by(&self.owner())
    }

    fn patch(&self, path: String, body: &Value) -> Ask {
        Ask::new("PATCH", path).by(&self.owner()).json(body)
    }

    async fn of_marketing(&mut self) {
        let text = json!({"name": "Offer", "text": "Fresh bread!"});
        let template = self.made("/v1/templates", &text).await;
        let remove = self.delete(format!("/v1/templates/{template}"));
        self.step("remove_template", One("template.removed", true, false), remove).await;
        let list = self.made("/v1/contact-lists", &json!({"name": "Regulars"})).await;
        let remove = self.delete(format!("/v1/contact-lists/{list}"));
        self.step("remove_contact_list", One("contact_list.removed", true, false), remove).await;
        let of_branch = format!("/v1/accounts/{}", self.stage.branch);
        let template = self.made(&format!("{of_branch}/templates"), &text).await;
        let list = self.made(&format!("{of_branch}/contact-lists"), &json!({"name": "Regulars"})).await;
        let body = json!({"word": "bread", "contact_list_id": list, "template_id": template});
        let create = Ask::post(format!("{of_branch}/keywords")).by(&self.owner()).key("bread").json(&body);
        let created = One("keyword.created", false, true);
        let keyword = self.step("create_keyword_for_sub_account", created, create).await.expect(201);
        let keyword = format!("{of_branch}/keywords/{}", keyword["id"].as_str().unwrap());
        let other = self.made(&format!("{of_branch}/contact-lists"), &json!({"name": "Friends"})).await;
        let change = self.patch(keyword.clone(), &json!({"contact_list_id": other, "template_id": template}));
        self.step("change_keyword_of_sub_account", One("keyword.changed", true, true), change).await;
        let remove = self.delete(keyword);
        self.step("remove_keyword_of_sub_account", One("keyword.removed", true, false), remove).await;
        let template = format!("{of_branch}/templates/{template}");
        let change = self.patch(template.clone(), &json!({"name": "Offers"}));
        self.step("change_template_of_sub_account", One("template.changed", true, true), change).await;
        let remove = self.delete(template);
        self.step("remove_template_of_sub_account", One("template.removed", true, false), remove).await;
    }

    async fn of_the_master(&mut self) {
        let cancel = Ask::post(format!("/v1/credits/orders/{}/cancel", self.stage.order)).by(&self.owner());
        self.step("cancel_order", One("credits.order_cancelled", true, true), cancel).await;
        let until = json!({"until": "2030-01-10T00:00:00Z"});
        let allow = Ask::new("PUT", "/v1/account/support-access").by(&self.owner()).json(&until);
        self.stage.house.ask(allow).await.expect(200);
        let path = format!("/v1/accounts/{}/support-sessions", self.stage.harbour.account);
        let enter = Ask::post(path).by(&self.stage.marina.token);
        self.step("enter_sub_account", One("support.entered", false, true), enter).await;
    }

    async fn of_invitations(&mut self) {
        let eve = json!({"name": "Eve", "email": "eve@example.com"});
        let eve = self.made("/v1/users", &eve).await;
        let again = Ask::post(format!("/v1/users/{eve}/invitation")).by(&self.owner());
        self.step("invite_again", One("user.invited", false, false), again).await;
        let pier = json!({
            "name": "Second pier", "time_zone": "America/New_York", "region": "US",
            "owner": {"name": "Pit", "email": "pit@example.com"},
        });
        let pier = self.made("/v1/accounts", &pier).await;
        let again = Ask::post(format!("/v1/accounts/{pier}/invitation")).by(&self.owner());
        self.step("invite_first_user_again", One("user.invited", false, true), again).await;
        let token = self.stage.house.token_for("eve@example.com").await;
        let accept = Ask::post("/v1/invitations/accept").json(&json!({"token": token, "password": PASSWORD}));
        self.step("accept_invitation", One("user.joined", true, true), accept).await;
    }

    async fn of_second_factors(&mut self) {
        let ben = self.stage.ben.clone();
        let factor = self.begin(&ben.token).await;
        let body = json!({"totp": factor.code(&self.stage.house)});
        let confirm = Ask::post("/v1/me/second-factor/confirm").by(&ben.token).json(&body);
        self.step("confirm_second_factor", One("second_factor.on", true, true), confirm).await;
        let code = |told: &Self| {
            told.stage.house.move_clock(jiff::SignedDuration::from_secs(30));
            json!({"totp": factor.code(&told.stage.house)})
        };
        let body = code(self);
        let renew = Ask::post("/v1/me/second-factor/recovery-codes").by(&ben.token).json(&body);
        self.step("renew_recovery_codes", One("second_factor.codes_renewed", false, false), renew).await;
        let body = code(self);
        let remove = Ask::new("DELETE", "/v1/me/second-factor").by(&ben.token).json(&body);
        self.step("remove_own_second_factor", One("second_factor.off", true, true), remove).await;
        SecondFactor::set_up(&self.stage.house, &ben.token).await;
        let remove = self.delete(format!("/v1/users/{}/second-factor", ben.id));
        self.step("remove_second_factor_of_user", One("second_factor.off", true, true), remove).await;
    }

    async fn begin(&self, token: &str) -> SecondFactor {
        let begun = self.stage.house.post(token, "/v1/me/second-factor", &json!({})).await.expect(201);
        SecondFactor::begun(begun["secret"].as_str().unwrap())
    }

    async fn of_sessions(&mut self) {
        let ben = self.stage.ben.clone();
        let body = json!({"email": ben.email, "password": PASSWORD});
        let sign_in = Ask::post("/v1/sessions").json(&body);
        let began = self.step("sign_in", One("session.began", false, true), sign_in).await.expect(201);
        let token = began["token"].as_str().unwrap().to_owned();
        let end = Ask::new("DELETE", format!("/v1/sessions/{}", self.stage.session)).by(&token);
        self.step("end_session", One("session.ended", true, false), end).await;
        let end = self.delete(format!("/v1/users/{}/sessions", ben.id));
        self.step("end_sessions_of_user", One("session.ended", true, false), end).await;
    }

    async fn of_links(&mut self) {
        let ben = self.stage.ben.clone();
        let token = self.stage.house.sign_in(&ben.email).await;
        let body = json!({"email": "benjamin@example.com", "password": PASSWORD});
        self.stage.house.post(&token, "/v1/me/email-changes", &body).await.expect(202);
        let body = json!({"token": link(&self.stage.house, "benjamin@example.com").await});
        let confirm = Ask::post("/v1/email-changes/confirm").json(&body);
        self.step("confirm_email_change", One("email.changed", true, true), confirm).await;
        let body = json!({"email": "benjamin@example.com"});
        let request = Ask::post("/v1/password-resets").json(&body);
        self.step("request_password_reset", One("password.reset_requested", false, false), request).await;
        let token = link(&self.stage.house, "benjamin@example.com").await;
        let body = json!({"token": token, "password": "purple elephant stairs"});
        let confirm = Ask::post("/v1/password-resets/confirm").json(&body);
        self.step("confirm_password_reset", One("password.changed", false, false), confirm).await;
    }
}

#[tokio::test]
async fn i11_b05_what_takes_a_token_or_a_code_leaves_its_trace_too() {
    let mut told = Told { stage: Stage::set().await, described: operations(), steps: BTreeSet::new() };
    told.of_marketing().await;
    told.of_the_master().await;
    told.of_invitations().await;
    told.of_second_factors().await;
    told.of_sessions().await;
    told.of_links().await;
    let steps: BTreeSet<&str> = told.steps.iter().map(String::as_str).collect();
    assert_eq!(steps, in_stories());
    told.stage.house.close().await;
}
