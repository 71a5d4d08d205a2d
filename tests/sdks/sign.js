// Webhooks signed with Twilio's library for Node, written as vectors beside those of sign.py.
import { writeFileSync } from "node:fs";
import twilio from "twilio";

const SECRET = "another secret made for this run";
const URL = "https://hooks.example.com/v1/carriers/twilio/gateway/inbound?part=1&part=2";
const rows = [];
for (const text of ["Hello", "Ünïcødé 🎉 & = + %", "STOP", "a".repeat(1_600)]) {
  const fields = { MessageSid: "SM" + "1".repeat(32), From: "+12125550123", To: "+12025550100", Body: text };
  const signature = twilio.getExpectedTwilioSignature(SECRET, URL, fields);
  const body = new URLSearchParams(fields).toString();
  const add = (body, valid) =>
    rows.push({
      name: `twilio (Node) ${rows.length}`,
      credentials: { account_sid: "AC" + "0".repeat(32), auth_tokens: [SECRET] },
      url: URL,
      method: "POST",
      headers: [["content-type", "application/x-www-form-urlencoded"], ["x-twilio-signature", signature]],
      body,
      now: Math.floor(Date.now() / 1000),
      valid,
    });
  add(body, true);
  const other = body.replace("12125550123", "12125550124");
  if (twilio.validateRequest(SECRET, signature, URL, Object.fromEntries(new URLSearchParams(other)))) {
    throw new Error("the library believes a changed body");
  }
  add(other, false);
}
writeFileSync(`${process.env.SDK_OUT}/twilio_node.json`, JSON.stringify(rows));
console.log(`twilio (Node): ${rows.length / 2} signed, ${rows.length / 2} changed by a byte`);
