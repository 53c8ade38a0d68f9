// npm @atproto/api and @skyware/jetstream, clients that others wrote, drive the sandbox as they would drive Bluesky. Started by
// bluesky_client_test.py with the addresses: node bluesky_client.cjs NODE_MODULES BLUESKY ADMIN
"use strict";

const assert = require("node:assert/strict");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const [modules, service, admin] = process.argv.slice(2);
const { AtpAgent, RichText, AtUri, ComAtprotoRepoPutRecord, XRPCError } = require(path.join(modules, "@atproto/api"));
const WebSocket = require(path.join(modules, "ws"));

const PNG = Buffer.from(
  "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c636800000082008177cd72b60000000049454e44ae426082",
  "hex");
const MP4 = Buffer.concat([Buffer.from("00000018", "hex"), Buffer.from("ftypmp42"), Buffer.alloc(12)]);
const POST = "app.bsky.feed.post";

const exercised = [];
const step = (name) => exercised.push(name);

async function waitFor(what, condition) {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const value = await condition();
    if (value) return value;
  }
  throw new Error(`${what}: not within 20 s`);
}

async function tell(where, body) {
  const answer = await fetch(`${admin}/admin/${where}`, { method: "POST", body: JSON.stringify(body) });
  const said = await answer.text();
  assert.ok(answer.ok, said);
  return JSON.parse(said);
}

async function login(handle, password) {
  const agent = new AtpAgent({ service });
  await agent.login({ identifier: handle, password });
  assert.equal(agent.session.handle, handle);
  assert.equal(agent.pdsUrl.origin, new URL(service).origin, "the DID document leads to the PDS");
  return agent;
}

async function refused(promise, status, error) {
  await assert.rejects(promise, (thrown) => {
    assert.ok(thrown instanceof XRPCError, String(thrown));
    assert.deepEqual([thrown.status, thrown.error], [status, error]);
    return true;
  });
}

async function checkSessions(one) {
  await refused(new AtpAgent({ service }).login({ identifier: "one.test", password: "x" }), 401, "AuthenticationRequired");
  const again = new AtpAgent({ service });
  await again.resumeSession(one.session);
  assert.equal(again.session.did, one.session.did);
  const before = one.session.accessJwt;
  await tell("faults", { kind: "unauthorized", platform: "bluesky" });
  await one.post({ text: "An expired token is refreshed on the way" });
  assert.notEqual(one.session.refreshJwt, before);
  const server = await one.com.atproto.server.describeServer();
  assert.ok(server.data.did.startsWith("did:web:"));
  step("login, resumeSession, refresh after ExpiredToken, describeServer");
}

async function checkPast(one) {
  const seen = new Set();
  let cursor, newest;
  do {
    const page = await one.getAuthorFeed({ actor: "two.test", limit: 40, cursor });
    for (const { post } of page.data.feed) {
      assert.ok(!seen.has(post.uri), "a post came twice");
      seen.add(post.uri);
      newest ??= post;
    }
    cursor = page.data.cursor;
  } while (cursor);
  assert.ok(seen.size >= 56 && seen.size <= 200, String(seen.size));
  assert.ok(newest.likeCount + newest.repostCount >= 0);
  step(`eight weeks of earlier posts by cursor (${seen.size} posts)`);
}

async function checkPosting(one, two) {
  const text = new RichText({ text: "Guten Morgen ☀️ @two.test, see https://example.com/läden #glocken" });
  await text.detectFacets(one);
  assert.equal(text.facets.length, 3);
  const made = await one.post({ text: text.text, facets: text.facets, langs: ["de"] });
  const thread = await two.getPostThread({ uri: made.uri });
  const post = thread.data.thread.post;
  assert.equal(post.cid, made.cid);
  const shown = [...new RichText({ text: post.record.text, facets: post.record.facets }).segments()];
  assert.deepEqual(shown.filter((part) => part.facet).map((part) => part.text),
    ["@two.test", "https://example.com/läden", "#glocken"]);
  assert.equal(shown.find((part) => part.isMention()).mention.did, two.session.did);
  await refused(one.post({ text: "x".repeat(301) }), 400, "InvalidRequest");
  step("post with mention, link and tag; read in its thread; 301 characters are refused");
  return made;
}

async function checkKeys(one) {
  const input = {
    repo: one.session.did, collection: POST, rkey: "3jzfcijpj2z2a", swapRecord: null,
    record: { $type: POST, text: "put once", createdAt: "2026-01-02T03:04:05.678Z" },
  };
  const first = await one.com.atproto.repo.putRecord(input);
  const again = await one.com.atproto.repo.putRecord(input);
  assert.deepEqual([again.data.uri, again.data.cid], [first.data.uri, first.data.cid]);
  await assert.rejects(one.com.atproto.repo.putRecord({ ...input, record: { ...input.record, text: "put twice" } }),
    ComAtprotoRepoPutRecord.InvalidSwapError);
  await refused(one.com.atproto.repo.createRecord(input), 500, "InternalServerError");
  const got = await one.com.atproto.repo.getRecord({ repo: one.session.did, collection: POST, rkey: input.rkey });
  assert.equal(got.data.value.text, "put once");
  assert.ok(Number(again.headers["ratelimit-remaining"]) < Number(again.headers["ratelimit-limit"]));
  step("putRecord twice is one record, InvalidSwap, getRecord, rate-limit headers");
}

async function checkImages(one, quoted) {
  const { blob } = (await one.uploadBlob(PNG, { encoding: "image/png" })).data;
  const images = [{ image: blob, alt: "a grey pixel", aspectRatio: { width: 1, height: 1 } }];
  const made = await one.post({
    text: "A picture, and what was said before",
    embed: {
      $type: "app.bsky.embed.recordWithMedia",
      record: { $type: "app.bsky.embed.record", record: quoted },
      media: { $type: "app.bsky.embed.images", images },
    },
  });
  const [post] = (await one.getPosts({ uris: [made.uri] })).data.posts;
  assert.equal(post.embed.media.images[0].alt, "a grey pixel");
  assert.equal(post.embed.record.record.uri, quoted.uri);
  assert.ok((await fetch(post.embed.media.images[0].thumb)).headers.get("content-type").startsWith("image/"));
  const bytes = await one.com.atproto.sync.getBlob({ did: one.session.did, cid: blob.ref.toString() });
  assert.deepEqual(Buffer.from(bytes.data), PNG);
  assert.equal((await one.app.bsky.feed.getQuotes({ uri: quoted.uri })).data.posts[0].uri, made.uri);
  step("uploadBlob, images with alt beside a quote, getPosts, getQuotes, getBlob");
}

async function checkVideo(one) {
  const did = (await one.com.atproto.server.describeServer()).data.did;
  const speak = async (aud, lxm) => {
    const { token } = (await one.com.atproto.server.getServiceAuth({ aud, lxm })).data;
    return [new AtpAgent({ service }), { headers: { authorization: `Bearer ${token}` } }];
  };
  const [limiter, asLimiter] = await speak("did:web:video.bsky.app", "app.bsky.video.getUploadLimits");
  assert.equal((await limiter.app.bsky.video.getUploadLimits({}, asLimiter)).data.canUpload, true);
  const [uploader, asUploader] = await speak(did, "com.atproto.repo.uploadBlob");
  let job = (await uploader.app.bsky.video.uploadVideo(MP4, { ...asUploader, encoding: "video/mp4" })).data.jobStatus;
  job = await waitFor("the video", async () => {
    const { jobStatus } = (await uploader.app.bsky.video.getJobStatus({ jobId: job.jobId })).data;
    return jobStatus.blob && jobStatus;
  });
  const made = await one.post({ text: "It moves", embed: { $type: "app.bsky.embed.video", video: job.blob, alt: "nothing" } });
  const [post] = (await one.getPosts({ uris: [made.uri] })).data.posts;
  assert.equal(post.embed.$type, "app.bsky.embed.video#view");
  step("video: getServiceAuth, getUploadLimits, uploadVideo, getJobStatus, post");
}

async function checkReactions(one, two, post) {
  const like = await two.like(post.uri, post.cid);
  const repost = await two.repost(post.uri, post.cid);
  const follow = await two.follow(one.session.did);
  const reply = await two.post({ text: "Nice one", reply: { root: post, parent: post } });
  const counts = async () => {
    const [view] = (await two.getPosts({ uris: [post.uri] })).data.posts;
    return [view.likeCount, view.repostCount, view.replyCount, view.viewer.like, view.viewer.repost];
  };
  assert.deepEqual(await counts(), [1, 1, 1, like.uri, repost.uri]);
  const thread = (await one.getPostThread({ uri: post.uri })).data.thread;
  assert.deepEqual(thread.replies.map((one) => one.post.uri), [reply.uri]);
  assert.equal((await one.getPostThread({ uri: reply.uri })).data.thread.parent.post.uri, post.uri);
  assert.equal((await one.getLikes({ uri: post.uri })).data.likes[0].actor.handle, "two.test");
  assert.equal((await one.getRepostedBy({ uri: post.uri })).data.repostedBy[0].handle, "two.test");
  assert.equal((await two.getTimeline({ limit: 100 })).data.feed.some((item) => item.post.author.did === one.session.did), true);
  assert.equal((await two.getProfile({ actor: "one.test" })).data.viewer.following, follow.uri);
  const { notifications } = (await one.listNotifications()).data;
  const reasons = notifications.filter((item) => item.author.did === two.session.did).map((item) => item.reason);
  assert.deepEqual(reasons.sort(), ["follow", "like", "reply", "repost"]);
  assert.ok((await one.countUnreadNotifications()).data.count >= 4);
  await one.updateSeenNotifications();
  assert.equal((await one.countUnreadNotifications()).data.count, 0);
  await two.deleteLike(like.uri);
  await two.deleteRepost(repost.uri);
  await two.deleteFollow(follow.uri);
  await two.deletePost(reply.uri);
  const { actions } = await (await fetch(`${admin}/admin/actions`)).json();
  const by = actions.filter((one) => one.account === "two.test" && !one.action.includes(".")).map((one) => [one.action, one.post]);
  assert.deepEqual(by, [["like", post.uri], ["repost", post.uri], ["unlike", post.uri], ["unrepost", post.uri], ["delete", reply.uri]]);
  assert.deepEqual(await counts(), [0, 0, 0, undefined, undefined]);
  step("like, repost, follow, reply, thread, timeline, notifications and seen, and all of it back");
}

async function checkPeople(one, post) {
  await tell("engage", { post: post.uri, favourites: 3, reblogs: 2, texts: ["When?", "どこで？"], follows: 1 });
  const [view] = (await one.getPosts({ uris: [post.uri] })).data.posts;
  assert.deepEqual([view.likeCount, view.repostCount, view.replyCount], [3, 2, 2]);
  const first = (await one.listNotifications({ limit: 3 })).data;
  const rest = (await one.listNotifications({ limit: 5, cursor: first.cursor })).data;
  assert.equal(new Set([...first.notifications, ...rest.notifications].map((item) => item.uri)).size, 8);
  const found = (await one.app.bsky.feed.searchPosts({ q: "どこで" })).data.posts;
  assert.equal(found[0].record.text, "どこで？");
  step("engagement by synthetic users, pages of notifications, search");
}

async function checkProfile(one) {
  await one.upsertProfile((old) => ({ ...old, displayName: "One Bell", description: "We ring." }));
  const profile = (await one.getProfile({ actor: one.session.did })).data;
  assert.deepEqual([profile.displayName, profile.description], ["One Bell", "We ring."]);
  assert.equal((await one.getProfiles({ actors: ["one.test", "two.test"] })).data.profiles.length, 2);
  await one.getPreferences();
  const repo = (await one.com.atproto.repo.describeRepo({ repo: "one.test" })).data;
  assert.ok(repo.collections.includes(POST) && repo.handleIsCorrect);
  step("upsertProfile, getProfile(s), getPreferences, describeRepo");
}

async function checkBatch(one) {
  const record = (text) => ({ $type: POST, text, createdAt: new Date().toISOString() });
  const create = (text) => ({ $type: "com.atproto.repo.applyWrites#create", collection: POST, value: record(text) });
  const { results } = (await one.com.atproto.repo.applyWrites({
    repo: one.session.did, writes: [create("one of two"), create("two of two")],
  })).data;
  const listed = (await one.com.atproto.repo.listRecords({ repo: one.session.did, collection: POST, limit: 2 })).data;
  assert.deepEqual(listed.records.map((item) => item.uri), results.map((item) => item.uri).reverse());
  for (const { uri } of results) await one.deletePost(uri);
  const gone = new AtUri(results[0].uri);
  await refused(one.com.atproto.repo.getRecord({ repo: gone.host, collection: POST, rkey: gone.rkey }), 400, "RecordNotFound");
  step("applyWrites, listRecords, deletePost, RecordNotFound");
}

async function checkChat(one) {
  await tell("engage", { account: "one.test", messages: 1, texts: ["Where is my order?"], first_user: 9 });
  const { convo } = one.withProxy("bsky_chat", "did:web:api.bsky.chat").chat.bsky;
  const [talk] = (await convo.listConvos()).data.convos;
  assert.equal(talk.lastMessage.text, "Where is my order?");
  const log = (await convo.getLog({})).data;
  const other = talk.members.find((member) => member.did !== one.session.did);
  assert.equal((await convo.getConvoForMembers({ members: [other.did] })).data.convo.id, talk.id);
  const sent = (await convo.sendMessage({ convoId: talk.id, message: { text: "On its way" } })).data;
  const { messages } = (await convo.getMessages({ convoId: talk.id })).data;
  assert.deepEqual(messages.map((item) => item.id), [sent.id, talk.lastMessage.id]);
  const news = (await convo.getLog({ cursor: log.cursor })).data.logs;
  assert.equal(news[0].message.id, sent.id);
  assert.equal((await convo.getConvo({ convoId: talk.id })).data.convo.unreadCount, 0);
  step("chat: listConvos, getConvo, getConvoForMembers, getMessages, sendMessage, getLog");
}

async function checkStream(one) {
  const { Jetstream } = await import(pathToFileURL(path.join(modules, "@skyware/jetstream/dist/index.js")));
  const open = (more) => {
    const stream = new Jetstream({ ws: WebSocket, endpoint: service.replace("http", "ws") + "/subscribe",
      wantedCollections: [POST], wantedDids: [one.session.did], ...more });
    const events = [];
    stream.onCreate(POST, (event) => events.push(event));
    return new Promise((resolve, reject) => {
      stream.on("open", () => resolve([stream, events]));
      stream.on("error", reject);
      stream.start();
    });
  };
  const [stream, events] = await open({});
  const made = [await one.post({ text: "streamed" }), await one.post({ text: "streamed too" })];
  await waitFor("two events", () => events.length === 2);
  assert.deepEqual(events.map((event) => event.commit.cid), made.map((post) => post.cid));
  assert.equal(events[0].commit.record.text, "streamed");
  stream.close();
  const [again, replayed] = await open({ cursor: events[0].time_us });
  await waitFor("the replay", () => replayed.length === 2);
  assert.deepEqual(replayed, events);
  again.close();
  step("Jetstream: live events, replay from a cursor");
}

async function main() {
  const one = await login("one.test", "password-one"), two = await login("two.test", "password-two");
  await checkSessions(one);
  await checkPast(two);
  const post = await checkPosting(one, two);
  await checkKeys(one);
  await checkImages(one, post);
  await checkVideo(one);
  await checkReactions(one, two, post);
  await checkPeople(one, post);
  await checkProfile(one);
  await checkBatch(one);
  await checkChat(one);
  await checkStream(one);
  const deleted = (await (await fetch(`${admin}/admin/posts?platform=bluesky`)).json()).posts.filter((item) => item.deleted);
  assert.equal(deleted.length, 3);
  step("the ground truth has all posts, three of them deleted");
  console.log("@atproto/api and @skyware/jetstream exercised:\n  " + exercised.join("\n  "));
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
