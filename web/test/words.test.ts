/** Addresses, marked text and device names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePlace, pathOf } from "../src/address.ts";
import { cutMarked } from "../src/notes/cut-marked.ts";
import { guessDeviceName } from "../src/screens/device-name.ts";
import { ago, countText, sizeText } from "../src/ui/times.ts";

test("every address leads to its place and back", () => {
  const paths = [
    "/",
    "/sign-in",
    "/settings",
    "/ideas",
    "/infobase/new",
    "/journal/0192f0c1-7a3e-7000-8000-000000000001",
  ];
  for (const path of paths) assert.equal(pathOf(parsePlace(path)), path);
});

test("an address that nobody knows leads to the start, a strange note to its section", () => {
  assert.deepEqual(parsePlace("/elsewhere"), { at: "start" });
  assert.equal(pathOf(parsePlace("/ideas/%3Cscript%3E")), "/ideas");
  assert.equal(pathOf(parsePlace("/ideas/a/b")), "/ideas");
});

test("marks are cut out of a text without losing any of it", () => {
  assert.deepEqual(cutMarked("a kitten sat", [[2, 5]]), [
    { text: "a ", marked: false },
    { text: "kit", marked: true },
    { text: "ten sat", marked: false },
  ]);
  assert.deepEqual(cutMarked("plain", []), [{ text: "plain", marked: false }]);
  assert.deepEqual(cutMarked("", [[0, 3]]), []);
});

test("marks that overlap, come unordered or run over lose no letter either", () => {
  const marks: [number, number][] = [
    [6, 99],
    [0, 4],
    [2, 5],
    [3, 1],
  ];
  const text = "overlapping";
  assert.equal(
    cutMarked(text, marks)
      .map((piece) => piece.text)
      .join(""),
    text,
  );
});

test("a device is called by its browser and system", () => {
  const agents = {
    "Firefox on Linux": "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
    "Chrome on Android":
      "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
    "Safari on iPhone":
      "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
    "Edge on Windows":
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
    Browser: "something else",
  };
  for (const [name, userAgent] of Object.entries(agents)) {
    assert.equal(guessDeviceName({ userAgent }), name);
  }
});

test("times, sizes and counts read like a person says them", () => {
  const minute = 60_000;
  assert.equal(ago(0, 10_000), "just now");
  assert.equal(ago(0, minute), "a minute ago");
  assert.equal(ago(0, 90 * minute), "2 hours ago");
  assert.equal(ago(0, 26 * 60 * minute), "yesterday");
  assert.equal(ago(5_000, 0), "just now");
  assert.equal(sizeText(999), "999 bytes");
  assert.equal(sizeText(12_900_000), "13 MB");
  assert.equal(sizeText(1_240_000_000), "1.2 GB");
  assert.equal(countText(1, "note", "notes"), "1 note");
});
