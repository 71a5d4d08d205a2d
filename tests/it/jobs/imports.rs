//! Importing contacts (B15): what becomes of each row, under each option.

use serde_json::{Value, json};

use super::{all, id, import, outcomes, put_part};
use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person};

fn mapping() -> Value {
    json!([
        {"column": "Phone", "field": "number"}, {"column": "Name", "field": "name"},
        {"column": "E-mail", "field": "email"},
    ])
}

async fn contact(house: &House, who: &Person, id: &Value) -> Value {
    house.get(&who.token, &format!("/v1/contacts/{}", id.as_str().unwrap())).await.expect(200)
}

async fn bakery() -> (House, Business) {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    (house, bakery)
}

/// Rows as spreadsheets write them, cut into parts anywhere, even within a character, and each bad row says what is wrong.
#[tokio::test]
async fn b15_each_row_of_a_file_says_what_became_of_it() {
    let (house, bakery) = bakery().await;
    let file = [
        &b"\xef\xbb\xbfName,Phone,E-mail\r\n"[..],
        b"\"Lee, \"\"Ann\"\"\",(212) 555-0123,ann@example.com\r\n",
        "Zoë 🥐,+44 20 7946 0018,\r\n".as_bytes(),
        b"\r\n",
        b"No Number,,\r\n",
        b"Short,12,\r\n",
        b"Bad Mail,+12125550124,not an address\r\n",
        b"Too,many,columns,here\r\n",
        b"Few,+12125550125\r\n",
        b"N\0ul,+12125550126,\r\n",
        b"Latin \xe9,+12125550127,\r\n",
        b",+12125550128,\r\n",
        b"\"Open,+12125550129,\r\n",
        b"Last,'+12125550130,last@example.com",
    ]
    .concat();
    let expected = [
        "created",
        "created",
        "failed nobody",
        "failed invalid_number number",
        "failed invalid_email email",
        "failed wrong_column_count",
        "failed wrong_column_count",
        "failed nul",
        "failed not_utf8",
        "created",
        "failed quote_not_closed",
        "created",
    ];
    let halves = file.split_at(file.windows(2).position(|it| it == b"\xc3\xab").unwrap() + 1);
    let (shown, rows) =
        import(&house, &bakery.owner, &json!({"mapping": mapping()}), &[halves.0, halves.1]).await;
    assert_eq!(outcomes(&rows), expected);
    assert_eq!((&shown["state"], &shown["progress"]["total"]), (&json!("done"), &json!(12)), "{shown:#}");
    assert_eq!(shown["progress"]["outcomes"], json!({"created": 4, "failed": 8}));
    let rows_are: Vec<u64> = rows.iter().map(|it| it["row"].as_u64().unwrap()).collect();
    assert_eq!(rows_are, (1..=12).collect::<Vec<_>>());
    let ann = contact(&house, &bakery.owner, &rows[0]["contact_id"]).await;
    assert_eq!(ann["name"], "Lee, \"Ann\"");
    assert_eq!(ann["numbers"], json!(["+12125550123"]));
    assert_eq!(contact(&house, &bakery.owner, &rows[1]["contact_id"]).await["name"], "Zoë 🥐");
    assert_eq!(
        contact(&house, &bakery.owner, &rows[11]["contact_id"]).await["numbers"],
        json!(["+12125550130"])
    );
    // The same as a file.
    let path = format!("/v1/contacts/imports/{}/results/export", id(&shown));
    let file = house.get(&bakery.owner.token, &path).await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert!(file.text.starts_with("row,outcome,contact_id,reason,field\r\n1,created,con_"), "{}", file.text);
    assert!(file.text.contains("\r\n4,failed,,invalid_number,number\r\n"), "{}", file.text);
    house.close().await;
}

/// Each contact is in the audit log, made by whoever imports; the home country is the account's or the named one.
#[tokio::test]
async fn b15_numbers_are_read_in_the_home_country_and_custom_fields_owners_and_lists_are_understood() {
    let (house, bakery) = bakery().await;
    let owner = &bakery.owner;
    let field = json!({"key": "size", "label": "Size"});
    house.post(&owner.token, "/v1/contact-fields", &field).await.expect(201);
    let list =
        id(&house.post(&owner.token, "/v1/contact-lists", &json!({"name": "Regulars"})).await.expect(201));
    let everyone =
        id(&house.post(&owner.token, "/v1/contact-lists", &json!({"name": "Everyone"})).await.expect(201));
    let body = json!({
        "home_country": "DE", "contact_list_id": everyone, "file_name": "Kunden.csv",
        "mapping": [
            {"index": 1, "field": "number"}, {"column": "größe", "field": "custom", "key": "size"},
            {"column": "Owner", "field": "owner"}, {"column": "Lists", "field": "list"},
        ],
    });
    let file = format!(
        "Telefon;Größe;Owner;Lists\n030 901820;XL;{};regulars\n030 901821;;nobody@example.com;\n030 901822;;;Strangers\n",
        owner.email.to_uppercase()
    );
    let (shown, rows) = import(&house, owner, &body, &[file.as_bytes()]).await;
    assert_eq!(shown["file_name"], "Kunden.csv");
    assert_eq!(
        outcomes(&rows),
        ["created", "failed no_such_owner owner", "failed no_such_list list"],
        "{shown:#}"
    );
    let made = contact(&house, owner, &rows[0]["contact_id"]).await;
    assert_eq!(made["numbers"], json!(["+4930901820"]));
    assert_eq!(made["fields"]["size"], "XL");
    assert_eq!(made["owner_id"], json!(owner.id));
    for list in [&list, &everyone] {
        let members = house.list(&owner.token, &format!("/v1/contact-lists/{list}/contacts")).await;
        assert_eq!(members.len(), 1, "{list}");
    }
    let log = format!("/v1/audit-log?object={}", rows[0]["contact_id"].as_str().unwrap());
    let log = house.list(&owner.token, &log).await;
    assert_eq!(log.len(), 1);
    assert_eq!(
        (&log[0]["action"], &log[0]["actor"]["user_id"]),
        (&json!("contact.created"), &json!(owner.id))
    );
    house.close().await;
}

async fn with(house: &House, who: &Person, duplicates: Value, list: Option<&str>, file: &str) -> Vec<Value> {
    let body = json!({"mapping": mapping(), "duplicates": duplicates, "contact_list_id": list});
    let (shown, rows) = import(house, who, &body, &[file.as_bytes()]).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    rows
}

/// The four options, with somebody who is there already and with somebody who is in the file twice.
#[tokio::test]
async fn b15_duplicates_are_preserved_replaced_or_skipped_as_the_options_say() {
    let (house, bakery) = bakery().await;
    let owner = &bakery.owner;
    let old = id(&house.post(&owner.token, "/v1/contact-lists", &json!({"name": "Old"})).await.expect(201));
    let new = id(&house.post(&owner.token, "/v1/contact-lists", &json!({"name": "New"})).await.expect(201));
    let first = with(&house, owner, json!({}), Some(&old), "Phone,Name,E-mail\n+12125550123,Ann,\n").await;
    let ann = &first[0]["contact_id"];
    let file = "Phone,Name,E-mail\n+12125550123,Anna,ann@example.com\n+12125550124,Bo,\n212 555 0124,Bob,\n";
    // Nothing is said: what is known stays, what is not is filled in.
    let rows = with(&house, owner, json!({}), Some(&new), file).await;
    assert_eq!(outcomes(&rows), ["updated", "created", "updated"]);
    assert_eq!((&rows[0]["contact_id"], &rows[1]["contact_id"]), (ann, &rows[2]["contact_id"]));
    let shown = contact(&house, owner, ann).await;
    assert_eq!((&shown["name"], &shown["emails"]), (&json!("Ann"), &json!(["ann@example.com"])));
    assert_eq!(contact(&house, owner, &rows[1]["contact_id"]).await["name"], "Bo");
    // None of the options: contacts that are there are left alone.
    let rows = with(&house, owner, json!({"preserve_existing": false}), None, file).await;
    assert_eq!(outcomes(&rows), vec!["skipped duplicate"; 3]);
    // What is known is replaced; the last row that says something wins. Lists only grow.
    let rows = with(&house, owner, json!({"replace_duplicates": true}), None, file).await;
    assert_eq!(outcomes(&rows), vec!["updated"; 3]);
    assert_eq!(contact(&house, owner, ann).await["name"], "Anna");
    assert_eq!(contact(&house, owner, &rows[1]["contact_id"]).await["name"], "Bob");
    let on = async |list: &str| {
        house.list(&owner.token, &format!("/v1/contact-lists/{list}/contacts")).await.len()
    };
    assert_eq!((on(&old).await, on(&new).await), (1, 2));
    // Lists are replaced, values are not.
    let rows = with(
        &house,
        owner,
        json!({"replace_list_memberships": true}),
        Some(&new),
        "Phone,Name,E-mail\n+12125550123,Annabel,\n",
    )
    .await;
    assert_eq!(outcomes(&rows), ["updated"]);
    assert_eq!(contact(&house, owner, ann).await["name"], "Anna");
    assert_eq!((on(&old).await, on(&new).await), (0, 2));
    // Two people cannot be one.
    let rows =
        with(&house, owner, json!({}), None, "Phone,Name,E-mail\n+12125550124,Cy,ann@example.com\n").await;
    assert_eq!(outcomes(&rows), ["failed several_contacts"]);
    house.close().await;
}

#[tokio::test]
async fn b15_imports_that_make_no_sense_are_refused_with_the_field() {
    let (house, bakery) = bakery().await;
    let owner = &bakery.owner;
    let phone = json!({"column": "Phone", "field": "number"});
    let name = |column: Value| json!({"mapping": [phone, column]});
    let options = |duplicates: Value| json!({"mapping": [phone], "duplicates": duplicates});
    for (body, pointer, code) in [
        (json!({"mapping": []}), "#/mapping", "out_of_range"),
        (json!({"mapping": vec![&phone; 101]}), "#/mapping", "out_of_range"),
        (json!({"mapping": [{"column": "Name", "field": "name"}]}), "#/mapping", "missing_field"),
        (name(json!({"field": "name"})), "#/mapping/1/column", "missing_field"),
        (name(json!({"column": " ", "field": "name"})), "#/mapping/1/column", "invalid"),
        (name(json!({"column": "x".repeat(201), "field": "name"})), "#/mapping/1/column", "too_long"),
        (name(json!({"column": "A", "index": 1, "field": "name"})), "#/mapping/1/index", "not_together"),
        (name(json!({"index": 0, "field": "name"})), "#/mapping/1/index", "out_of_range"),
        (name(json!({"index": -1, "field": "name"})), "#/mapping/1/index", "out_of_range"),
        (name(json!({"column": "A", "field": "shoe"})), "#/mapping/1/field", "invalid"),
        (name(json!({"column": " PHONE ", "field": "name"})), "#/mapping/1/column", "not_together"),
        (name(json!({"column": "A", "field": "custom"})), "#/mapping/1/key", "missing_field"),
        (name(json!({"column": "A", "field": "custom", "key": "Size"})), "#/mapping/1/key", "invalid"),
        (name(json!({"column": "A", "field": "custom", "key": "size"})), "#/mapping/1/key", "no_such_thing"),
        (name(json!({"column": "A", "field": "name", "key": "size"})), "#/mapping/1/key", "not_together"),
        (json!({"mapping": [phone], "home_country": "Germany"}), "#/home_country", "invalid"),
        (
            json!({"mapping": [phone], "contact_list_id": "lst_00000000000000000000000000000007"}),
            "#/contact_list_id",
            "no_such_thing",
        ),
        (
            options(json!({"preserve_existing": true, "replace_duplicates": true})),
            "#/duplicates/replace_duplicates",
            "not_together",
        ),
        (
            options(json!({"preserve_existing": true, "replace_list_memberships": true})),
            "#/duplicates/replace_list_memberships",
            "not_together",
        ),
        (options(json!({"overwrite": true})), "#/duplicates/overwrite", "unknown_field"),
    ] {
        let ask = Ask::post("/v1/contacts/imports").by(&owner.token).json(&body);
        let answer = refused(&house, ask).await;
        let problem = answer.problem(422, "invalid");
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
            (&json!(pointer), &json!(code)),
            "{body}"
        );
    }
    let two = json!({"mapping": [phone, {"column": "A", "field": "name"}, {"column": "B", "field": "name"}]});
    let ask = Ask::post("/v1/contacts/imports").by(&owner.token).json(&two);
    refused(&house, ask).await.names("#/mapping/2/field", "not_together");
    house.close().await;
}

#[tokio::test]
async fn b15_files_that_cannot_be_read_say_why_and_parts_have_to_be_complete() {
    let (house, bakery) = bakery().await;
    let owner = &bakery.owner;
    for (file, failure) in [
        (&b"\n"[..], "file_empty"),
        (b"Phone,Name,E-mail\n", "file_empty"),
        (b"\xff\xfeP\0h\0o\0n\0e\0\n\0", "file_unreadable"),
        (b"Phone,Name\n1,2\n", "column_missing"),
        (b"Phone,Name,E-mail,phone\n1,2,3,4\n", "column_ambiguous"),
    ] {
        let (shown, rows) = import(&house, owner, &json!({"mapping": mapping()}), &[file]).await;
        assert_eq!((&shown["state"], &shown["failure"]), (&json!("failed"), &json!(failure)), "{shown:#}");
        assert!(rows.is_empty());
    }
    let waiting = id(&house
        .post(&owner.token, "/v1/contacts/imports", &json!({"mapping": mapping()}))
        .await
        .expect(201));
    let path = format!("/v1/contacts/imports/{waiting}");
    let start = || Ask::post(format!("{path}/start")).by(&owner.token);
    refused(&house, start()).await.problem(409, "conflict");
    put_part(&house, owner, &waiting, 2, b"+12125550123,Ann,\n").await.expect(200);
    refused(&house, start()).await.problem(409, "conflict");
    put_part(&house, owner, &waiting, 81, b"x").await.problem(404, "not-found");
    put_part(&house, owner, &waiting, 0, b"x").await.problem(404, "not-found");
    put_part(&house, owner, &waiting, 1, b"").await.problem(422, "invalid");
    put_part(&house, owner, &waiting, 1, &vec![b'x'; 256 * 1024 + 1]).await.problem(413, "too-large");
    put_part(&house, owner, &waiting, 1, b"nonsense").await.expect(200);
    // The same part again takes the place of the one before.
    let shown = put_part(&house, owner, &waiting, 1, b"Phone,Name,E-mail\n").await.expect(200);
    assert_eq!((&shown["parts"], &shown["bytes"]), (&json!([1, 2]), &json!(36)));
    house.ask(start()).await.expect(202);
    house.ask(start()).await.expect(202);
    put_part(&house, owner, &waiting, 3, b"x").await.problem(409, "conflict");
    house.settle().await;
    assert_eq!(outcomes(&all(&house, owner, &format!("{path}/results")).await), ["created"]);
    house.close().await;
}

/// Nobody but who manages contacts has anything to do with imports, and what somebody may is asked when the rows are worked on.
#[tokio::test]
async fn b15_who_may_no_longer_manage_contacts_imports_no_further() {
    let (house, bakery) = bakery().await;
    let ben = house.colleague(&bakery, &["people_manager"], "none").await;
    let import =
        id(&house.post(&ben.token, "/v1/contacts/imports", &json!({"mapping": mapping()})).await.expect(201));
    put_part(&house, &ben, &import, 1, b"Phone,Name,E-mail\n+12125550123,Ann,\n").await.expect(200);
    let overrides = format!("/v1/users/{}/overrides", ben.id);
    let deny = json!({"denies": ["contacts:manage"]});
    house.post(&ben.token, &format!("/v1/contacts/imports/{import}/start"), &json!({})).await.expect(202);
    house.ask(Ask::new("PUT", overrides).by(&bakery.owner.token).json(&deny)).await.expect(200);
    house.settle().await;
    let job = house.get(&bakery.owner.token, &format!("/v1/jobs/{import}")).await.expect(200);
    let ended = (job["state"].clone(), job["failure"].clone());
    // Whether the worker or the change came first.
    assert!(
        [(json!("failed"), json!("not_allowed")), (json!("done"), Value::Null)].contains(&ended),
        "{job:#}"
    );
    house.get(&ben.token, &format!("/v1/contacts/imports/{import}")).await.problem(403, "forbidden");
    house.close().await;
}
