"""PyPI tweepy, which knows nothing of the sandbox, drives it as X: OAuth 2.0 with PKCE, posts, replies, polls, pages, reactions, refusals."""

import urllib.parse

import requests
import tweepy
from requests.adapters import HTTPAdapter

from sandbox_process import SandboxProcess

SCOPES = ["tweet.read", "tweet.write", "users.read", "follows.read", "like.read", "like.write",
          "tweet.moderate.write", "offline.access"]


class ToSandbox(HTTPAdapter):
    """What the client sends to X goes to the sandbox."""

    def __init__(self, url: str):
        super().__init__()
        self.url = url

    def send(self, request, **arguments):
        parts = urllib.parse.urlsplit(request.url)
        request.url = self.url + parts.path + ("?" + parts.query if parts.query else "")
        return super().send(request, **arguments)


def redirect(session: requests.Session, url: str) -> None:
    for host in ("https://api.twitter.com", "https://twitter.com", "https://api.x.com", "https://x.com"):
        session.mount(host, ToSandbox(url))


def sign_in(sandbox: SandboxProcess, account: str) -> str:
    """The access token that a browser's round would bring."""
    handler = tweepy.OAuth2UserHandler(client_id="client", redirect_uri="https://app.test/back", scope=SCOPES)
    redirect(handler, sandbox.x)
    page = handler.get_authorization_url() + "&account=" + account
    browser = requests.Session()
    redirect(browser, sandbox.x)
    agreed = browser.get(page, allow_redirects=False, timeout=20)
    assert agreed.status_code == 302, agreed.text
    token = handler.fetch_token(agreed.headers["Location"])
    assert token["token_type"] == "bearer" and token["expires_in"] == 7200, token
    refreshed = handler.refresh_token("https://api.twitter.com/2/oauth2/token", client_id="client")
    assert refreshed["refresh_token"] != token["refresh_token"]
    return refreshed["access_token"]


def client_of(sandbox: SandboxProcess, account: str) -> tweepy.Client:
    client = tweepy.Client(bearer_token=sign_in(sandbox, account))
    redirect(client.session, sandbox.x)
    return client


def refused(what, call, error, text: str) -> None:
    try:
        call()
    except error as refusal:
        assert text in str(refusal), f"{what}: {refusal}"
    else:
        raise AssertionError(f"{what} was not refused")


def publish(one: tweepy.Client) -> int:
    made = one.create_tweet(text="Tea & cake at https://example.com/a @x_two #tea", user_auth=False).data
    refused("a duplicate", lambda: one.create_tweet(text="Tea & cake at https://example.com/a @x_two #tea", user_auth=False),
            tweepy.Forbidden, "duplicate content")
    refused("a long text", lambda: one.create_tweet(text="a" * 281, user_auth=False), tweepy.Forbidden, "not permitted")
    one.create_tweet(text="goes on", in_reply_to_tweet_id=made["id"], user_auth=False)
    one.create_tweet(text="I said", quote_tweet_id=made["id"], user_auth=False)
    one.create_tweet(text="which?", poll_options=["a", "b"], poll_duration_minutes=60, user_auth=False)
    return int(made["id"])


def look(one: tweepy.Client, post: int) -> None:
    found = one.get_tweet(post, tweet_fields=["created_at", "entities", "public_metrics", "conversation_id"],
                          expansions=["author_id", "entities.mentions.username"], user_fields=["public_metrics"])
    assert found.data.text.startswith("Tea &amp; cake at https://t.co/"), found.data.text
    assert found.data.entities["urls"][0]["expanded_url"] == "https://example.com/a"
    assert found.data.public_metrics["retweet_count"] == 2 and found.data.public_metrics["like_count"] == 3
    assert {user.username for user in found.includes["users"]} == {"x_one", "x_two"}
    missing = one.get_tweets([post, 1])
    assert len(missing.data) == 1 and missing.errors[0]["title"] == "Not Found Error", missing


def pages(one: tweepy.Client, me: int) -> None:
    own = list(tweepy.Paginator(one.get_users_tweets, me, max_results=7).flatten(limit=500))
    ids = [post.id for post in own]
    assert len(ids) > 50 and ids == sorted(set(ids), reverse=True), len(ids)
    newer = one.get_users_tweets(me, since_id=ids[2], max_results=5)
    assert [post.id for post in newer.data] == ids[:2]
    assert one.get_users_tweets(me, since_id=ids[0]).data is None


def react(one: tweepy.Client, two: tweepy.Client, sandbox: SandboxProcess, post: int, me: int) -> None:
    answers = sandbox.engage(post=str(post), favourites=3, reblogs=2, replies=2)["replies"]
    assert len(one.get_users_mentions(me).data) == 2
    one.hide_reply(answers[0], user_auth=False)
    look(one, post)
    assert two.like(post, user_auth=False).data == {"liked": True}
    assert two.retweet(post, user_auth=False).data["retweeted"] is True
    assert len(one.get_liking_users(post).data) == 4 and len(one.get_retweeters(post).data) == 3
    two.unlike(post, user_auth=False)
    two.unretweet(post, user_auth=False)
    acted = [(a["account"], a["action"]) for a in requests.get(sandbox.admin + "/admin/actions", timeout=20).json()["actions"]]
    assert acted == [("x_one", "hide"), ("x_two", "like"), ("x_two", "repost"), ("x_two", "unlike"), ("x_two", "unrepost")], acted
    found = one.search_recent_tweets(f"conversation_id:{post} is:reply")
    assert len(found.data) == 3, found
    assert len(one.get_quote_tweets(post).data) == 1


def main() -> None:
    with SandboxProcess("--engagement-scale", "0", "--x-enterprise") as sandbox:
        one, two = client_of(sandbox, "x_one"), client_of(sandbox, "x_two")
        me = one.get_me(user_auth=False).data
        assert me.username == "x_one", me
        post = publish(one)
        react(one, two, sandbox, post, me.id)
        pages(one, me.id)
        sandbox.fault(kind="error_after", platform="x", step="act")
        refused("a deletion whose answer is lost", lambda: one.delete_tweet(post, user_auth=False),
                tweepy.TwitterServerError, "Service Unavailable")
        assert one.delete_tweet(post, user_auth=False).data == {"deleted": True}
        assert one.get_tweet(post).data is None
        stranger = tweepy.Client(bearer_token="wrong")
        redirect(stranger.session, sandbox.x)
        refused("a stranger", lambda: stranger.get_tweet(post), tweepy.Unauthorized, "Unauthorized")
    print("tweepy posted, replied, asked, paged, reacted and was refused as on X")


if __name__ == "__main__":
    main()
