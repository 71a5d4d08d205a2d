//! Master and sub accounts (A01 to A09, A16, A18, A19), what is bought and used, and what the operator decides.

mod budget;
mod buying;
mod features;
mod looks;
mod own;
mod separate;
mod standing;
mod support;
mod usage;

use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::house::{Answer, Ask, Business, House, PASSWORD, Person};

/// A sub account, with its first user.
pub(crate) struct Branch {
    pub(crate) id: String,
    pub(crate) owner: Person,
}

/// What opens a sub account.
pub(crate) fn branch_body(name: &str, email: &str) -> Value {
    json!({
        "name": name, "time_zone": "America/New_York", "region": "US",
        "owner": {"name": format!("Bea of {name}"), "email": email, "password": PASSWORD},
    })
}

impl House {
    /// Opens a sub account and signs its first user in.
    pub(crate) async fn branch(&self, master: &Person, name: &str) -> Branch {
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "-"));
        let opened = self.post(&master.token, "/v1/accounts", &branch_body(name, &email)).await.expect(201);
        // What is listed in the order of time has one.
        self.move_clock(SignedDuration::from_millis(1));
        let token = self.sign_in(&email).await;
        let me = self.get(&token, "/v1/me").await.expect(200);
        let id = opened["id"].as_str().unwrap().to_owned();
        assert_eq!(me["account"]["id"], id);
        Branch { id, owner: Person { id: me["user"]["id"].as_str().unwrap().to_owned(), email, token } }
    }

    /// A sub account with a number and credits from its master.
    pub(crate) async fn branch_with_line(&self, master: &Person, name: &str, credits: u32) -> Business {
        let Branch { id, owner } = self.branch(master, name).await;
        let (gateway, number, line) = self.simulated_line(&owner).await;
        if credits > 0 {
            self.allocate(master, &id, credits, &format!("first-{id}")).await.expect(201);
        }
        Business { account: id, owner, number, gateway, line }
    }

    pub(crate) async fn allocate(&self, master: &Person, branch: &str, amount: u32, key: &str) -> Answer {
        self.transfer(master, branch, "allocations", amount, key).await
    }

    pub(crate) async fn reclaim(&self, master: &Person, branch: &str, amount: u32, key: &str) -> Answer {
        self.transfer(master, branch, "reclaims", amount, key).await
    }

    async fn transfer(&self, master: &Person, branch: &str, what: &str, amount: u32, key: &str) -> Answer {
        self.move_clock(SignedDuration::from_millis(1));
        let path = format!("/v1/accounts/{branch}/credits/{what}");
        self.ask(Ask::post(path).by(&master.token).key(key).json(&json!({"amount": amount}))).await
    }

    async fn patch(&self, who: &Person, path: &str, body: &Value) -> Answer {
        self.ask(Ask::new("PATCH", path).by(&who.token).json(body)).await
    }

    async fn put(&self, who: &Person, path: &str, body: &Value) -> Answer {
        self.ask(Ask::new("PUT", path).by(&who.token).json(body)).await
    }

    /// Asks with the operator's key.
    async fn as_operator(&self, ask: Ask) -> Answer {
        self.ask(ask.by(self.running.operator_key.expose_secret())).await
    }

    /// What the audit log of an account tells, as it lies in the table: action and actor, in the order of time.
    fn told_in(&self, account: &str) -> Vec<(String, String)> {
        let of_account = format!("{account}#audit");
        let items = self.table();
        let mut entries: Vec<Value> = items
            .iter()
            .map(|item| serde_json::from_str(item).unwrap())
            .filter(|item: &Value| item["_t"]["S"] == "audit" && item["pk"]["S"] == of_account)
            .collect();
        entries.sort_by_key(|item| item["sk"]["S"].to_string());
        let text = |item: &Value, pointer: &str| item.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        entries
            .iter()
            .map(|it| (text(it, "/entry/M/action/S"), text(it, "/entry/M/actor/M/kind/S")))
            .collect()
    }

    fn has_told(&self, account: &str, action: &str, actor: &str) -> bool {
        self.told_in(account).contains(&(action.to_owned(), actor.to_owned()))
    }
}
