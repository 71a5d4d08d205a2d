//! A house in which something has happened: enough that every operation has something to work on.

use serde_json::{Value, json};

use super::{Ask, Business, House, Operation, PASSWORD, Person, Who};
use engines::web::PICTURE;
use secrecy::ExposeSecret;

pub(crate) const CUSTOMER: &str = "+12125550123";
pub(crate) const OTHER_CUSTOMER: &str = "+12125550124";

/// Two businesses; in the first, a conversation that Ben is assigned to, and one that nobody is. The first is a sub account,
/// with a master, a sibling and a sub account of its own.
pub(crate) struct Stage {
    pub(crate) house: House,
    pub(crate) harbour: Business,
    pub(crate) rival: Business,
    /// Owns the master account of the harbour.
    pub(crate) marina: Person,
    /// Owns another sub account of the same master.
    pub(crate) sibling: Person,
    /// Colleague of the harbour's owner, without roles, who sees what is assigned to him.
    pub(crate) ben: Person,
    /// Assigned to Ben.
    pub(crate) conversation: String,
    /// Assigned to nobody.
    pub(crate) unassigned: String,
    /// The owner's, in Ben's conversation.
    pub(crate) message: String,
    /// Its picture.
    pub(crate) media: String,
    /// The owner's.
    pub(crate) notification: String,
    /// A role and a team of the harbour's own, and an API key of the owner's.
    pub(crate) role: String,
    pub(crate) team: String,
    pub(crate) api_key: String,
    /// Ben's.
    pub(crate) session: String,
    /// A sub account of the harbour's.
    pub(crate) branch: String,
    /// The harbour's, over 5 credits.
    pub(crate) order: String,
    /// Ben's customer, who is on the harbour's list.
    pub(crate) contact: String,
    pub(crate) contact_list: String,
    /// A note of the owner's about that contact, another contact, and a custom field of contacts.
    pub(crate) note: String,
    pub(crate) other_contact: String,
    pub(crate) field: String,
    /// The harbour's template, and its keyword, which is answered with another.
    pub(crate) template: String,
    pub(crate) keyword: String,
    /// The owner's device.
    pub(crate) push_endpoint: String,
    /// The harbour's, for everybody in it.
    pub(crate) quick_reply: String,
    pub(crate) view: String,
    pub(crate) automation: String,
    pub(crate) tag: String,
    /// An import that waits for the rest of its file, an export that is done, and a bulk action that is.
    pub(crate) import: String,
    pub(crate) export: String,
    pub(crate) job: String,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let house = House::open().await;
        let marina = house.business("Marina Group", 200).await.owner;
        let harbour = house.branch_with_line(&marina, "Harbour Bakery", 100).await;
        let kiosk = house.branch(&marina, "Quay Kiosk").await;
        for branch in [&harbour.account, &kiosk.id] {
            let features = json!({"features": {"buy_credits": true}});
            let path = format!("/v1/accounts/{branch}");
            house.ask(Ask::new("PATCH", path).by(&marina.token).json(&features)).await.expect(200);
        }
        let sibling = kiosk.owner;
        let rival = house.business("Rival Roasters", 100).await;
        let ben = house.colleague(&harbour, &[], "assigned").await;
        let first = house.text_in(CUSTOMER, &harbour, "Is the sourdough ready?").await;
        let second = house.text_in(OTHER_CUSTOMER, &harbour, "Two croissants, please").await;
        let (conversation, unassigned) = (id(&first), id(&second));
        let path = format!("/v1/conversations/{conversation}/assignees/{}", ben.id);
        house.ask(Ask::new("PUT", path).by(&harbour.owner.token)).await.expect(200);
        let reply = json!({"conversation_id": conversation, "body": "At noon, dear Clara."});
        house.send(&harbour.owner, &reply).await;
        let media = house.upload(&harbour.owner, "image/jpeg", PICTURE).await;
        let later = json!({
            "conversation_id": conversation, "body": "Fresh from the Harbour", "send_at": "2030-06-01T09:00:00Z",
            "media": [{"id": media}],
        });
        let message = id(&house.send(&harbour.owner, &later).await);
        house.settle().await;
        let told = house.told(&harbour.owner.token).await;
        let notification = id(&told[0]);
        let owner = &harbour.owner.token;
        let named = json!({"name": "Night shift", "permissions": {"grants": ["usage:read"]}});
        let role = id(&house.post(owner, "/v1/roles", &named).await.expect(201));
        let team = id(&house.post(owner, "/v1/teams", &named).await.expect(201));
        let key = json!({"name": "Booking system of the harbour", "permissions": ["credits:read"]});
        let api_key = id(&house.post(owner, "/v1/api-keys", &key).await.expect(201)["api_key"]);
        let session = id(&house.list(&ben.token, "/v1/sessions").await[0]);
        let pier = json!({
            "name": "Pier of the Harbour", "time_zone": "America/New_York", "region": "US",
            "owner": {"name": "Pia", "email": "pia@example.com", "password": PASSWORD},
        });
        let branch = id(&house.post(owner, "/v1/accounts", &pier).await.expect(201));
        let order = json!({"amount": 5, "reference": "Flour of the Harbour"});
        let order = id(&house.post(owner, "/v1/credits/orders", &order).await.expect(201));
        let contact = first["contact"]["id"].as_str().unwrap().to_owned();
        let (contact_list, template, keyword) = marketing(&house, &harbour, &contact).await;
        let (note, other_contact, field) = known(&house, &harbour, &contact).await;
        let device =
            json!({"platform": "apns", "token": "phone-of-the-owner", "name": "Phone of the Harbour"});
        let push_endpoint = id(&house.post(owner, "/v1/push-endpoints", &device).await.expect(201));
        let (quick_reply, view, automation) = prepared(&house, &harbour).await;
        let tag = json!({"name": "Cakes of the Harbour", "colour": "green"});
        let tag = id(&house.post(owner, "/v1/tags", &tag).await.expect(201));
        let [import, export, job] = jobs(&house, &harbour).await;
        house.settle().await;
        Self {
            house,
            harbour,
            rival,
            marina,
            sibling,
            ben,
            conversation,
            unassigned,
            message,
            media,
            notification,
            role,
            team,
            api_key,
            session,
            branch,
            order,
            contact,
            contact_list,
            note,
            other_contact,
            field,
            template,
            keyword,
            push_endpoint,
            quick_reply,
            view,
            automation,
            tag,
            import,
            export,
            job,
        }
    }

    /// Something that exists in the harbour's account, by the name of a path parameter.
    pub(crate) fn existing(&self, parameter: &str) -> &str {
        match parameter {
            "conversation_id" => &self.conversation,
            "user_id" => &self.ben.id,
            "message_id" => &self.message,
            "media_id" => &self.media,
            "notification_id" => &self.notification,
            "gateway_id" => &self.harbour.gateway,
            "role_id" => &self.role,
            "team_id" => &self.team,
            "api_key_id" => &self.api_key,
            "session_id" => &self.session,
            "account_id" => &self.branch,
            "order_id" => &self.order,
            "contact_id" => &self.contact,
            "contact_list_id" => &self.contact_list,
            "note_id" => &self.note,
            "field_key" => &self.field,
            "template_id" => &self.template,
            "keyword_id" => &self.keyword,
            "push_endpoint_id" => &self.push_endpoint,
            "quick_reply_id" => &self.quick_reply,
            "view_id" => &self.view,
            "automation_id" => &self.automation,
            "tag_id" => &self.tag,
            "import_id" => &self.import,
            "export_id" => &self.export,
            "job_id" => &self.job,
            "part" => "1",
            "carrier" => "simulated",
            other => panic!("{other} is a new path parameter: say here what exists"),
        }
    }

    /// The path of an operation on what exists, with a query where it cannot do without one.
    pub(crate) fn path(&self, operation: &Operation) -> String {
        let path = operation.at(|parameter| self.existing(parameter).to_owned());
        match operation.id.as_str() {
            "explain_permission" => format!("{path}?user_id={}&permission=users:manage", self.ben.id),
            "export_audit_log" => format!("{path}?format=jsonl"),
            "search" => format!("{path}?q=sourdough"),
            "list_scheduled_messages" => format!("{path}?status=scheduled"),
            "get_statistics" => format!("{path}?from=2030-01-08&to=2030-01-08"),
            _ => path,
        }
    }

    /// A body that the operation accepts; it has every field that can be there together.
    #[expect(clippy::too_many_lines, reason = "one line for each operation with a body")]
    pub(crate) fn body(&self, operation: &str) -> Option<Value> {
        Some(match operation {
            "sign_up" => json!({
                "business_name": "New Bakery", "time_zone": "Europe/Berlin", "region": "DE", "name": "Cleo",
                "email": "cleo@example.com", "password": PASSWORD,
            }),
            "sign_in" => json!({"email": self.ben.email, "password": PASSWORD, "totp": "000000"}),
            "change_security_settings" => json!({
                "second_factor": {"required_of": "nobody", "roles": []},
                "password": {"min_length": 12, "min_strength": 3, "history": 5, "expires_after_days": 90},
                "session_hours": 12, "allowed_addresses": ["127.0.0.1"],
            }),
            "change_password" => json!({"current_password": PASSWORD, "password": "purple elephant stairs"}),
            "confirm_second_factor" | "renew_recovery_codes" | "remove_own_second_factor" => {
                json!({"totp": "000000"})
            }
            "request_email_change" => json!({"email": "elsewhere@example.com", "password": PASSWORD}),
            "confirm_email_change" => json!({"token": "tdl_nothing"}),
            "request_password_reset" => json!({"email": self.ben.email}),
            "confirm_password_reset" => json!({"token": "tdl_nothing", "password": "purple elephant stairs"}),
            "add_user" => json!({
                "name": "Dora", "email": "dora@example.com", "password": PASSWORD, "roles": ["account_manager"],
                "team_ids": [self.team], "conversation_access": "all", "message_access": "read",
            }),
            "change_user" => json!({
                "name": "Benjamin", "enabled": true, "roles": ["people_manager", self.role], "team_ids": [self.team],
                "conversation_access": "all", "message_access": "write",
            }),
            "override_user" => json!({
                "grants": ["contacts:export"], "denies": ["messages:compose"], "conversation_access": "all",
                "message_access": "read",
            }),
            "create_role" | "create_team" => json!({
                "name": "Weekend",
                "permissions": {
                    "grants": ["contacts:read"], "denies": ["messages:compose"], "conversation_access": "assigned",
                    "message_access": "read",
                },
            }),
            "change_role" | "change_team" => {
                json!({"name": "Weekends", "permissions": {"denies": ["audit:read"]}})
            }
            "create_api_key" => json!({
                "name": "Web shop", "permissions": ["messages:manage"], "conversation_access": "all",
                "expires_at": "2031-01-01T00:00:00Z",
            }),
            "accept_invitation" => json!({"token": "tdl_nothing", "password": PASSWORD, "name": "Dora"}),
            "add_gateway" => json!({
                "name": "Second", "carrier": "simulated", "number": "+13125550100",
                "credentials": {"base_url": "http://carrier.example", "api_key": "key", "signing_secrets": ["s"]},
            }),
            "change_gateway" => json!({
                "name": "Back door", "sends_media": true, "segments_per_second": 3, "retired": false,
                "backup_gateway_id": null,
                "credentials": {"base_url": "http://carrier.example", "api_key": "key", "signing_secrets": ["s"]},
            }),
            "send_message" => json!({
                "to": "+12125550125", "gateway_id": self.harbour.gateway, "body": "Hello",
                "media": ["https://example.com/menu.jpg"],
            }),
            "send_test_message" => json!({"to": "+12125550126", "body": "Hello", "if_last_message": null}),
            "change_message" => json!({
                "body": "Fresh tomorrow", "send_at": "2030-06-02T09:00:00Z", "stop_if_answered": true,
            }),
            "upload_media" => json!({"content_type": "image/jpeg", "bytes": 48_213}),
            "preview_message" => json!({"body": "Hello", "media": []}),
            "replace_assignees" => json!({"user_ids": [self.harbour.owner.id]}),
            "add_conversation_note" => json!({"text": "Asks for rye as well", "mentions": [self.ben.id]}),
            "create_tag" => json!({"name": "Returns", "colour": "blue"}),
            "change_tag" => json!({"name": "Exchanges", "colour": "red"}),
            "snooze_conversation" => json!({"until": "2030-02-01T00:00:00Z"}),
            "top_up" => json!({
                "account_id": self.harbour.account, "amount": 5, "reference": "invoice 18", "order_id": self.order,
            }),
            "order_credits" => json!({"amount": 7, "reference": "purchase order 4"}),
            "allocate_credits" | "reclaim_credits" => json!({"amount": 3}),
            "open_sub_account" => json!({
                "name": "South pier", "time_zone": "Europe/Berlin", "region": "DE",
                "owner": {"name": "Sol", "email": "sol@example.com", "password": PASSWORD},
            }),
            "change_sub_account" => json!({
                "name": "North pier", "branding": branding(), "features": {"buy_credits": true},
            }),
            "change_account" => json!({
                "name": "Harbour Bakers", "time_zone": "Europe/Berlin", "region": "DE", "wake_on_reply": false,
                "individual_read_state": true,
                "default_gateway_id": self.harbour.gateway, "branding": branding(),
            }),
            "set_sub_account_branding" => branding(),
            "allow_support" => json!({"until": "2030-01-20T00:00:00Z"}),
            "create_quick_reply" => {
                json!({"title": "Hours", "text": "Hi {name|there}, we open at 7.", "scope": "team", "team_id": self.team})
            }
            "change_quick_reply" => json!({"title": "Opening", "text": "We open at 8."}),
            "create_saved_view" => {
                let filter = json!({"view": "inbox", "user_id": "me", "gateway_id": self.harbour.gateway});
                json!({"name": "Mine", "filter": filter, "shared": true})
            }
            "change_saved_view" => json!({"name": "All", "filter": {"view": "all", "unassigned": true}}),
            "create_automation" => {
                let assign = json!({"owner_of_contact": true, "user_ids": [self.ben.id]});
                json!({
                    "name": "Review", "trigger": "conversation_completed", "template_id": self.template,
                    "assign": assign, "enabled": false,
                })
            }
            "change_automation" => json!({
                "name": "Hello", "trigger": "conversation_started", "template_id": null, "enabled": false,
                "assign": {"owner_of_contact": false, "user_ids": [self.ben.id]},
            }),
            "create_contact" => json!({
                "name": "Clara", "numbers": ["+12125550131"], "emails": ["clara@example.com"],
                "fields": {(self.field.as_str()): "Sacher"}, "owner_id": self.ben.id,
            }),
            "change_contact" => json!({
                "name": "Clara Lee", "numbers": [CUSTOMER], "emails": ["lee@example.com"],
                "fields": {(self.field.as_str()): "Linzer"}, "owner_id": self.ben.id,
            }),
            "merge_contacts" => json!({"contact_id": self.other_contact}),
            "create_contact_note" => json!({"text": "Likes cake", "mentions": [self.ben.id]}),
            "change_contact_note" => json!({"text": "Likes pie"}),
            "create_contact_event" => {
                json!({"kind": "order_shipped", "title": "Order 17", "occurred_at": "2030-01-08T14:00:00Z"})
            }
            "create_contact_field" => json!({"key": "shoe_size", "label": "Shoe size"}),
            "change_contact_field" => json!({"label": "Best cake"}),
            "create_template" | "create_template_for_sub_account" => {
                json!({"name": "Reminder", "text": "Hi {first_name}, see you on {day}."})
            }
            "change_template" | "change_template_of_sub_account" => {
                json!({"name": "Reminders", "text": "See you!"})
            }
            "create_keyword" | "create_keyword_for_sub_account" => json!({
                "word": "croissant", "contact_list_id": self.contact_list, "template_id": self.template,
            }),
            "change_keyword" | "change_keyword_of_sub_account" => {
                json!({"contact_list_id": self.contact_list, "template_id": self.template})
            }
            "create_contact_list" | "create_contact_list_for_sub_account" | "change_contact_list" => {
                json!({"name": "Regulars"})
            }
            "create_contact_import" => json!({
                "file_name": "customers.csv",
                "mapping": [{"column": "Phone", "field": "number"}, {"index": 2, "field": "name"}],
                "home_country": "DE", "duplicates": {"preserve_existing": true, "skip_automations": true},
                "contact_list_id": self.contact_list,
            }),
            "export_contacts" => json!({"contact_list_id": self.contact_list}),
            "act_on_conversations" => json!({
                "action": "assign", "user_id": self.ben.id, "conversation_ids": [self.unassigned],
            }),
            "set_plan" => json!({"name": "growth", "included_users": 9}),
            "change_account_alerts" => account_alerts(),
            "change_my_alerts" => my_alerts(),
            "change_news_preferences" => json!({
                "push": ["assigned", "mentioned"], "email": ["inbound_message"], "time_zone": "Europe/Berlin",
                "digest": {"frequency": "daily", "hour": 8},
                "quiet_times": [{"days": ["friday", "saturday"], "from": "21:00", "to": "07:30"}],
            }),
            "add_push_endpoint" => {
                json!({"platform": "fcm", "token": "a-token-of-the-stage", "name": "Tablet"})
            }
            _ => return None,
        })
    }

    /// The operation on what exists, by somebody who may: the harbour's owner, or the operator.
    pub(crate) fn ask(&self, operation: &Operation) -> Ask {
        let ask = Ask::new(&operation.method, self.path(operation));
        let ask = match operation.who {
            Who::Anybody => ask,
            Who::User => ask.by(&self.harbour.owner.token),
            Who::Operator => ask.by(self.house.running.operator_key.expose_secret()),
        };
        let ask = if operation.takes_key { ask.key("key-of-the-stage") } else { ask };
        match self.body(&operation.id) {
            Some(body) => ask.json(&body),
            None if operation.id == "put_contact_import_part" => ask.raw("text/csv", "Phone,Name\n"),
            None => ask,
        }
    }
}

/// A list with the contact on it, a template, and a keyword that is answered with another template.
async fn marketing(house: &House, harbour: &Business, contact: &str) -> (String, String, String) {
    let owner = &harbour.owner.token;
    let list = id(&house
        .post(owner, "/v1/contact-lists", &json!({"name": "Friends of the Harbour"}))
        .await
        .expect(201));
    let put = Ask::new("PUT", format!("/v1/contact-lists/{list}/contacts/{contact}")).by(owner);
    house.ask(put).await.expect(204);
    let mut made = vec![];
    for text in ["Fresh from the Harbour: sourdough!", "Welcome to the Harbour!"] {
        let template = json!({"name": "Offer of the Harbour", "text": text});
        made.push(id(&house.post(owner, "/v1/templates", &template).await.expect(201)));
    }
    let keyword = json!({"word": "sourdough", "contact_list_id": list, "template_id": made[1]});
    let keyword = id(&house.post(owner, "/v1/keywords", &keyword).await.expect(201));
    (list, made.remove(0), keyword)
}

/// An import that has the first part of its file, an export and a bulk action that are done.
async fn jobs(house: &House, harbour: &Business) -> [String; 3] {
    let owner = &harbour.owner.token;
    let mapping = json!([{"column": "Phone", "field": "number"}]);
    let import =
        id(&house.post(owner, "/v1/contacts/imports", &json!({"mapping": mapping})).await.expect(201));
    let part = Ask::new("PUT", format!("/v1/contacts/imports/{import}/parts/1")).by(owner);
    house.ask(part.raw("text/csv", "Phone\n")).await.expect(200);
    let export = id(&house.post(owner, "/v1/contacts/exports", &json!({})).await.expect(202));
    let bulk = json!({"action": "mute", "filter": {"view": "archived"}});
    let job = id(&house.post(owner, "/v1/conversations/bulk", &bulk).await.expect(202));
    house.settle().await;
    [import, export, job]
}

/// A note about a contact, another contact, and a custom field.
async fn known(house: &House, harbour: &Business, contact: &str) -> (String, String, String) {
    let owner = &harbour.owner.token;
    let note = json!({"text": "Calls the Harbour on Mondays"});
    let note = id(&house.post(owner, &format!("/v1/contacts/{contact}/notes"), &note).await.expect(201));
    let other = json!({"name": "Cousin of the Harbour", "emails": ["cousin@example.com"]});
    let other = id(&house.post(owner, "/v1/contacts", &other).await.expect(201));
    let field = json!({"key": "harbour_cake", "label": "Cake of the Harbour"});
    let field = house.post(owner, "/v1/contact-fields", &field).await.expect(201);
    (note, other, field["key"].as_str().unwrap().to_owned())
}

/// A quick reply, a view and an automation that never runs, of everybody in the harbour.
async fn prepared(house: &House, harbour: &Business) -> (String, String, String) {
    let owner = &harbour.owner.token;
    let reply = json!({"title": "Hours of the Harbour", "text": "We open at 7.", "scope": "account"});
    let reply = id(&house.post(owner, "/v1/quick-replies", &reply).await.expect(201));
    let filter = json!({"view": "inbox", "gateway_id": harbour.gateway});
    let view = json!({"name": "Counter of the Harbour", "filter": filter, "shared": true});
    let view = id(&house.post(owner, "/v1/views", &view).await.expect(201));
    let automation = json!({
        "name": "Thanks of the Harbour", "trigger": "conversation_completed", "enabled": false,
        "assign": {"owner_of_contact": true},
    });
    let automation = id(&house.post(owner, "/v1/automations", &automation).await.expect(201));
    (reply, view, automation)
}

fn branding() -> Value {
    json!({
        "name": "Pier", "logo": "https://pier.example/logo.png", "primary_colour": "#112233",
        "accent_colour": "#445566", "sender_name": "The Pier", "web_domain": "texts.pier.example",
    })
}

/// What an account can say of alerts.
fn account_alerts() -> Value {
    let channels = json!({"alert_centre": true, "email": false});
    json!({
        "low_balance": {"alert_centre": true, "email": false, "thresholds": [50]},
        "failed_deliveries": {"alert_centre": true, "email": true, "per_hour": 3},
        "gateway_trouble": channels, "new_sign_in": channels, "security_change": channels,
    })
}

/// What somebody can say of alerts.
fn my_alerts() -> Value {
    let channels = json!({"alert_centre": false, "email": true});
    json!({
        "low_balance": channels, "failed_deliveries": channels, "gateway_trouble": channels,
        "new_sign_in": channels, "security_change": channels,
    })
}

/// The id of something.
pub(crate) fn id(of: &Value) -> String {
    of["id"].as_str().unwrap().to_owned()
}
