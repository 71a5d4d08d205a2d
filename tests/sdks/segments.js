// Segments and times of npm's sms-segments-calculator for texts of every kind, for the comparison in
// shared/domain/examples/segments.rs.
import { writeFileSync } from "node:fs";
import { SegmentedMessage } from "sms-segments-calculator";

const texts = [
  "Your table is ready.",
  "a".repeat(160),
  "a".repeat(161),
  "[€]".repeat(100),
  "Ünïcødé café naïve ".repeat(12),
  "Привет, ваш заказ готов. ".repeat(8),
  "您的桌子准备好了。".repeat(20),
  "👩‍👩‍👧‍👦 party 🎉 ".repeat(15),
  "مرحبا بكم في متجرنا ".repeat(10),
  "The quick brown fox jumps over the lazy dog. ".repeat(30),
];
const ROUNDS = 300;
const rows = texts.map((text) => {
  let segments = 0;
  for (let n = 0; n < 20; n += 1) segments = new SegmentedMessage(text).segmentsCount;
  const begun = process.hrtime.bigint();
  for (let n = 0; n < ROUNDS; n += 1) segments = new SegmentedMessage(text).segmentsCount;
  return { text, segments, nanoseconds: Number(process.hrtime.bigint() - begun) / ROUNDS };
});
writeFileSync(`${process.env.SDK_OUT}/segments.json`, JSON.stringify(rows));
