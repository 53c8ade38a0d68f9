"""Every request of a scripted session with the sandbox, and every answer, against the lexicons in $CARILLON_CONFORMANCE_DATA."""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import xrpc
from lexicon import Lexicons
from sandbox_process import PNG, SandboxProcess, wait_for

TIME = "2026-01-02T03:04:05.678Z"
MP4 = bytes.fromhex("00000018") + b"ftypmp42" + bytes(12)
GATE = "app.bsky.feed.threadgate"
POST = "app.bsky.feed.post"
CHAT = {"atproto-proxy": "did:web:api.bsky.chat#bsky_chat"}

# Operations that no lexicon describes, and why they are there.
NO_LEXICON: dict[str, str] = {}


class Client:
    def __init__(self, lexicons: Lexicons, sandbox: SandboxProcess):
        self.lexicons, self.url = lexicons, sandbox.bluesky
        self.seen: dict[str, int] = {}

    def login(self, handle: str, password: str) -> dict:
        return self.call("com.atproto.server.createSession", body={"identifier": handle, "password": password})

    def call(self, nsid, params=None, body=None, token=None, status=200, headers=None, encoding="application/json"):
        """Sends it, and holds what is sent and what is answered to the method's lexicon."""
        method = self.lexicons.method(nsid)
        if method is None and nsid not in NO_LEXICON:
            sys.exit(f"{nsid} is in no lexicon, and in no list with a reason")
        self.seen[nsid] = self.seen.get(nsid, 0) + 1
        if status == 200:  # what is refused may be wrong on purpose
            self._hold(nsid, "params", method.get("parameters"), params)
            self._hold(nsid, "input", method.get("input"), body, encoding)
        answered, content, kind = self._send(method, nsid, params, body, token, headers, encoding)
        assert answered == status, f"{nsid}: {answered}, not {status}: {content[:300]!r}"
        if kind.startswith("application/json") and content:
            answer = json.loads(content)
            if status == 200:
                self._hold(nsid, "output", method.get("output"), answer)
            else:
                errors = xrpc.refusal_errors(method, answer)
                assert not errors, f"{nsid}: " + "; ".join(errors)
            return answer
        assert status == 200 and ("output" not in method or method["output"]["encoding"] == "*/*"), (nsid, kind)
        return content

    def _hold(self, nsid, what, part, value, encoding="application/json"):
        errors = xrpc.part_errors(self.lexicons, nsid, what, part, value, encoding)
        assert not errors, f"{nsid} {what}: " + "; ".join(errors[:5])

    def _send(self, method, nsid, params, body, token, headers, encoding):
        query = urllib.parse.urlencode(
            {name: str(value).lower() if isinstance(value, bool) else value for name, value in (params or {}).items()},
            doseq=True)
        data = json.dumps(body).encode() if encoding == "application/json" and body is not None else body
        sent = dict(headers or {})
        if data is not None:
            sent["Content-Type"] = encoding
        if token:
            sent["Authorization"] = "Bearer " + token
        verb = "GET" if method["type"] == "query" else "POST"
        request = urllib.request.Request(f"{self.url}/xrpc/{nsid}" + (f"?{query}" if query else ""), data, sent,
                                         method=verb)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read(), answer.headers.get("Content-Type", "")
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read(), refused.headers.get("Content-Type", "")


def post(text, **more):
    return {"$type": POST, "text": text, "createdAt": TIME, **more}


def check_sessions(c):
    session = c.login("one.test", "password-one")
    token = session["accessJwt"]
    c.call("com.atproto.server.createSession", body={"identifier": "one.test", "password": "x"}, status=401)
    c.call("com.atproto.server.getSession", token=token)
    c.call("com.atproto.server.getSession", token="nonsense", status=400)
    c.call("com.atproto.server.getSession", status=401)
    spare = c.call("com.atproto.server.refreshSession", token=session["refreshJwt"])
    c.call("com.atproto.server.deleteSession", token=spare["refreshJwt"])
    c.call("com.atproto.server.refreshSession", token=spare["refreshJwt"], status=400)
    c.call("com.atproto.server.describeServer")
    c.call("com.atproto.server.getServiceAuth", {"aud": "did:web:example.com", "exp": 1}, token=token, status=400)
    c.call("com.atproto.identity.resolveHandle", {"handle": "two.test"})
    c.call("com.atproto.identity.resolveHandle", {"handle": "nobody.test"}, status=400)
    return session["did"], token


def check_records(c, did, token):
    where = {"repo": did, "collection": POST, "rkey": "3jzfcijpj2z2a"}
    put = {**where, "record": post("first"), "swapRecord": None}
    made = c.call("com.atproto.repo.putRecord", body=put, token=token)
    assert c.call("com.atproto.repo.putRecord", body=put, token=token)["cid"] == made["cid"]
    other = {**put, "record": post("second")}
    assert c.call("com.atproto.repo.putRecord", body=other, token=token, status=400)["error"] == "InvalidSwap"
    c.call("com.atproto.repo.createRecord", body={**where, "record": post("first")}, token=token, status=500)
    c.call("com.atproto.repo.createRecord", body={"repo": did, "collection": POST, "record": post("x" * 301)},
           token=token, status=400)
    c.call("com.atproto.repo.getRecord", where)
    c.call("com.atproto.repo.getRecord", {**where, "rkey": "3jzfcijpj2z2b"}, status=400)
    c.call("com.atproto.repo.listRecords", {"repo": did, "collection": POST, "limit": 3, "reverse": True})
    c.call("com.atproto.repo.describeRepo", {"repo": "one.test"})
    writes = [{"$type": "com.atproto.repo.applyWrites#create", "collection": POST, "rkey": "3jzfcijpj2z2c", "value": post("c")},
              {"$type": "com.atproto.repo.applyWrites#update", "collection": POST, "rkey": "3jzfcijpj2z2a", "value": post("a")}]
    c.call("com.atproto.repo.applyWrites", body={"repo": did, "writes": writes}, token=token)
    writes = [{"$type": "com.atproto.repo.applyWrites#delete", "collection": POST, "rkey": "3jzfcijpj2z2c"}]
    c.call("com.atproto.repo.applyWrites", body={"repo": did, "writes": writes}, token=token)
    c.call("com.atproto.repo.deleteRecord", body=where, token=token)
    profile = {"$type": "app.bsky.actor.profile", "displayName": "One", "description": "Bells"}
    c.call("com.atproto.repo.putRecord", token=token,
           body={"repo": did, "collection": "app.bsky.actor.profile", "rkey": "self", "record": profile})


def video_blob(c, did, token):
    service = c.call("com.atproto.server.describeServer")["did"]

    def speak(audience, method):
        asked = {"aud": audience, "lxm": method}
        return c.call("com.atproto.server.getServiceAuth", asked, token=token)["token"]

    limits = speak("did:web:video.bsky.app", "app.bsky.video.getUploadLimits")
    c.call("app.bsky.video.getUploadLimits", token=limits)
    job = c.call("app.bsky.video.uploadVideo", body=MP4, encoding="video/mp4",
                 token=speak(service, "com.atproto.repo.uploadBlob"))["jobStatus"]
    return job.get("blob") or wait_for("the video is processed", lambda: c.call(
        "app.bsky.video.getJobStatus", {"jobId": job["jobId"]})["jobStatus"].get("blob"))


def check_embeds(c, did, token):
    image = c.call("com.atproto.repo.uploadBlob", body=PNG, encoding="image/png", token=token)["blob"]
    assert c.call("com.atproto.sync.getBlob", {"did": did, "cid": image["ref"]["$link"]}) == PNG
    c.call("com.atproto.sync.getBlob", {"did": did, "cid": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},
           status=400)

    def create(text, **more):
        body = {"repo": did, "collection": POST, "record": post(text, **more)}
        made = c.call("com.atproto.repo.createRecord", body=body, token=token)
        return {"uri": made["uri"], "cid": made["cid"]}

    ratio = {"width": 1, "height": 1}
    pictures = {"$type": "app.bsky.embed.images", "images": [{"image": image, "alt": "grey", "aspectRatio": ratio}]}
    facet = {"index": {"byteStart": 0, "byteEnd": 5},
             "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com"}]}
    first = create("Hello with all", facets=[facet], langs=["en", "de-CH"], tags=["bells"], embed=pictures,
                   labels={"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]})
    quote = {"$type": "app.bsky.embed.record", "record": first}
    external = {"uri": "https://example.com", "title": "A page", "description": "of text", "thumb": image}
    made = [
        first,
        create("A video", embed={"$type": "app.bsky.embed.video", "video": video_blob(c, did, token), "alt": "nothing"}),
        create("A page", embed={"$type": "app.bsky.embed.external", "external": external}),
        create("A gallery", embed={"$type": "app.bsky.embed.gallery", "items": [
            {"$type": "app.bsky.embed.gallery#image", "image": image, "alt": "grey", "aspectRatio": ratio}]}),
        create("A quote", embed=quote),
        create("A quote with pictures", embed={
            "$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": pictures}),
        create("A reply", reply={"root": first, "parent": first}),
    ]
    made.append(create_gated(c, did, token))
    return made


def create_gated(c, did, token):
    """A post with who may reply to it, in one commit under one key."""
    key = "3jzfcijpj2z2a"
    gate = {"$type": GATE, "post": f"at://{did}/{POST}/{key}", "createdAt": TIME,
            "allow": [{"$type": GATE + "#mentionRule"}, {"$type": GATE + "#followerRule"}]}
    writes = [{"$type": "com.atproto.repo.applyWrites#create", "collection": collection, "rkey": key, "value": value}
              for collection, value in ((POST, post("Hush")), (GATE, gate))]
    body = {"repo": did, "writes": writes}
    results = c.call("com.atproto.repo.applyWrites", body=body, token=token)["results"]
    c.call("com.atproto.repo.applyWrites", body=body, token=token, status=500)
    shown = c.call("app.bsky.feed.getPosts", {"uris": [results[0]["uri"]]}, token=token)["posts"][0]
    assert shown["threadgate"]["uri"] == results[1]["uri"], shown
    return {"uri": results[0]["uri"], "cid": results[0]["cid"]}


def check_reactions(c, made, one, sandbox):
    session = c.login("two.test", "password-two")
    did, token = session["did"], session["accessJwt"]
    for collection, subject in (("app.bsky.feed.like", made[0]), ("app.bsky.feed.repost", made[0]),
                                ("app.bsky.graph.follow", one)):
        record = {"$type": collection, "subject": subject, "createdAt": TIME}
        c.call("com.atproto.repo.createRecord", token=token, body={"repo": did, "collection": collection, "record": record})
    sandbox.engage(post=made[0]["uri"], favourites=3, reblogs=2, replies=2, follows=1)
    sandbox.engage(post=made[0]["uri"], quotes=1, first_user=50)
    sandbox.engage(account="one.test", mentions=1)
    return token


def check_views(c, made, did, token, two):
    c.call("app.bsky.actor.getProfile", {"actor": "one.test"}, token=two)
    c.call("app.bsky.actor.getProfiles", {"actors": ["one.test", did, "two.test"]})
    c.call("app.bsky.actor.getProfile", {"actor": "nobody.test"}, status=400)
    c.call("app.bsky.actor.getPreferences", token=token)
    posts = c.call("app.bsky.feed.getPosts", {"uris": [one["uri"] for one in made]}, token=two)["posts"]
    kinds = {one["embed"]["$type"] for one in posts if "embed" in one}
    assert len(posts) == len(made) and len(kinds) == 6, kinds
    first = c.call("app.bsky.feed.getAuthorFeed", {"actor": did, "limit": 5, "includePins": False}, token=two)
    rest = c.call("app.bsky.feed.getAuthorFeed", {"actor": did, "limit": 100, "cursor": first["cursor"]})
    uris = [item["post"]["uri"] for item in first["feed"] + rest["feed"]]
    assert len(set(uris)) == len(uris) > 50, len(uris)
    for kind in ("posts_no_replies", "posts_with_media", "posts_and_author_threads", "posts_with_video"):
        c.call("app.bsky.feed.getAuthorFeed", {"actor": did, "filter": kind, "limit": 10}, token=token)
    c.call("app.bsky.feed.getTimeline", {"limit": 30}, token=two)
    for one in (made[0], made[-2], made[-1]):
        c.call("app.bsky.feed.getPostThread", {"uri": one["uri"], "depth": 3, "parentHeight": 3}, token=two)
    gone = made[0]["uri"][:-1] + ("2" if made[0]["uri"][-1] != "2" else "3")
    c.call("app.bsky.feed.getPostThread", {"uri": gone}, status=400)
    c.call("app.bsky.feed.searchPosts", {"q": "hello", "author": "one.test", "tag": ["bells"], "lang": "de"}, token=two)
    for name in ("getLikes", "getRepostedBy", "getQuotes"):
        c.call("app.bsky.feed." + name, {"uri": made[0]["uri"], "limit": 1}, token=two)
        c.call("app.bsky.feed." + name, {"uri": uris[-1]}, token=two)
    c.call("app.bsky.feed.getAuthorFeed", {"actor": did, "limit": 101}, status=400)


def check_notifications(c, token):
    listed = c.call("app.bsky.notification.listNotifications", {"limit": 100}, token=token)["notifications"]
    reasons = {one["reason"] for one in listed}
    assert reasons == {"like", "repost", "follow", "mention", "reply", "quote"}, reasons
    page = c.call("app.bsky.notification.listNotifications", {"limit": 2, "reasons": ["like", "reply"]}, token=token)
    c.call("app.bsky.notification.listNotifications", {"cursor": page["cursor"]}, token=token)
    assert c.call("app.bsky.notification.getUnreadCount", token=token)["count"] == len(listed)
    c.call("app.bsky.notification.updateSeen", body={"seenAt": listed[0]["indexedAt"]}, token=token)
    assert c.call("app.bsky.notification.getUnreadCount", token=token)["count"] == 0
    c.call("app.bsky.notification.listNotifications", token=token)


def check_chat(c, did, token, sandbox):
    def chat(name, *args, **more):
        return c.call("chat.bsky.convo." + name, *args, token=token, headers=CHAT, **more)

    sandbox.engage(account="one.test", messages=1, first_user=7)
    convo = chat("listConvos", {"status": "request", "readState": "unread"})["convos"][0]
    here = {"convoId": convo["id"]}
    other = next(member["did"] for member in convo["members"] if member["did"] != did)
    assert chat("getConvoForMembers", {"members": [other]})["convo"]["id"] == convo["id"]
    log = chat("getLog")
    chat("acceptConvo", body=here)
    chat("updateRead", body=here)
    sent = chat("sendMessage", body={**here, "message": {"text": "Thank you", "replyTo": {
        "messageId": convo["lastMessage"]["id"]}}})
    assert [one["id"] for one in chat("getMessages", {**here, "limit": 1})["messages"]] == [sent["id"]]
    kinds = [one["$type"].rpartition("#")[2] for one in chat("getLog", {"cursor": log["cursor"]})["logs"]]
    assert kinds == ["logAcceptConvo", "logReadMessage", "logCreateMessage"], kinds
    chat("getConvo", here)
    chat("getConvo", {"convoId": "nonsense"}, status=400)
    c.call("chat.bsky.convo.listConvos", token=token, status=501)


def check_the_judge(lexicons):
    """It takes what is right, and sees what is not."""
    assert not lexicons.record_errors(post("fine", langs=["en"]))
    for wrong in ({"text": "no time", "$type": POST}, post("x" * 301), post("a", langs=["?"]), post("a", extra=1),
                  post("a", createdAt="2026-01-02"), post("a", embed={"images": []})):
        assert lexicons.record_errors(wrong), wrong


def main():
    folder = os.environ.get("CARILLON_CONFORMANCE_DATA")
    if not folder:
        print("skipped: CARILLON_CONFORMANCE_DATA is not set")
        return
    lexicons = Lexicons(Path(folder) / "lexicons")
    check_the_judge(lexicons)
    with SandboxProcess("--engagement-scale", "0") as sandbox:
        c = Client(lexicons, sandbox)
        did, token = check_sessions(c)
        check_records(c, did, token)
        made = check_embeds(c, did, token)
        two = check_reactions(c, made, did, sandbox)
        check_views(c, made, did, token, two)
        check_notifications(c, token)
        check_chat(c, did, token, sandbox)
    print(f"{sum(c.seen.values())} requests and answers of {len(c.seen)} operations are valid by the lexicons:")
    for nsid, count in sorted(c.seen.items()):
        print(f"  {nsid} {count}")


if __name__ == "__main__":
    main()
