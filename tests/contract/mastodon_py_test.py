"""PyPI Mastodon.py, a client that others wrote, drives the sandbox as it would drive a Mastodon server."""

import io

import requests
from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError, MastodonUnauthorizedError

from sandbox_process import PNG, SandboxProcess, wait_for

exercised = []


def step(name):
    exercised.append(name)


def check_account(one, two):
    me = one.account_verify_credentials()
    assert me.username == "brand_one" and me.display_name == "Brand One", me
    other = one.account_lookup("brand_two")
    assert one.account(other.id).acct == "brand_two"
    assert one.account_follow(other.id).following is True
    assert [n.type for n in two.notifications()] == ["follow"]
    assert one.account_unfollow(other.id).following is False
    assert "read" in one.app_verify_credentials()["scopes"]
    step("verify_credentials, of the app too, lookup, account, follow, unfollow")
    return me


def check_profile(one, me):
    named = one.account_update_credentials(note="We ring.", fields=[("Shop", "https://example.com"), ("Since", "1701")],
                                           avatar=PNG, avatar_mime_type="image/png")
    assert [(field.name, field.value) for field in named.source.fields] == [("Shop", "https://example.com"), ("Since", "1701")], named
    assert named.source.note == "We ring." and named.display_name == me.display_name, named
    assert named.avatar != me.avatar and named.header == me.header, named
    step("update_credentials with a picture and fields")


def check_past(one, me):
    first = one.account_statuses(me.id, limit=40)
    assert len(first) == 40 and all(a.id > b.id for a, b in zip(first, first[1:]))
    everything = one.fetch_remaining(first)
    assert 56 <= len(everything) <= 200, len(everything)
    assert len({s.id for s in everything}) == len(everything)
    days = (everything[0].created_at - everything[-1].created_at).days
    assert 45 <= days <= 57, days
    assert sum(s.favourites_count for s in everything) > 200
    step(f"eight weeks of earlier posts by Link headers ({len(everything)} posts)")


def check_posting(one, me):
    text = "Guten Morgen ☀️ <b>\n\nhttps://www.shop.example/a-long-address-that-is-shortened #launch @brand_two"
    post = one.status_post(text, visibility="public", language="de", idempotency_key="key-1")
    again = one.status_post(text, visibility="public", language="de", idempotency_key="key-1")
    assert post.id == again.id, "the same Idempotency-Key made two posts"
    other = one.status_post(text, idempotency_key="key-2")
    assert other.id > post.id
    assert "&lt;b&gt;" in post.content and "</p><p>" in post.content, post.content
    assert post.language == "de" and post.tags[0].name == "launch" and post.mentions[0].username == "brand_two"
    assert [s.id for s in one.account_statuses(me.id, limit=2)] == [other.id, post.id]
    assert one.status(post.id).content == post.content
    edited = one.status_update(post.id, "Edited")
    assert edited.content == "<p>Edited</p>" and edited.edited_at is not None
    step("post with Idempotency-Key, timeline, status, edit")
    return post


def check_media(one):
    media = one.media_post(io.BytesIO(PNG), mime_type="image/png", description="a grey pixel")
    ready = wait_for("the upload", lambda: (lambda m: m if m.url else None)(one.media(media.id)))
    assert ready.description == "a grey pixel"
    assert one.media_update(media.id, description="one grey pixel").description == "one grey pixel"
    post = one.status_post("With a picture", media_ids=[media.id])
    assert post.media_attachments[0].description == "one grey pixel"
    try:
        one.status_post("Again", media_ids=[media.id])
        raise AssertionError("the same media went to two posts")
    except MastodonAPIError as error:
        assert "already attached" in str(error), error
    step("media: upload, processing, description, attach")


def check_forms(one):
    poll = one.make_poll(["small", "large"], expires_in=600, multiple=True, hide_totals=True)
    asked = one.status_post("Which bell?", poll=poll, spoiler_text="Bells", visibility="unlisted")
    assert asked.spoiler_text == "Bells" and asked.sensitive and asked.visibility == "unlisted", asked
    shown = one.status(asked.id).poll
    assert [option.title for option in shown.options] == ["small", "large"] and shown.multiple and not shown.expired, shown
    assert 590 <= (shown.expires_at - asked.created_at).total_seconds() <= 610, shown
    try:
        one.status_post("Which?", poll=one.make_poll(["a", "b"], expires_in=10))
        raise AssertionError("a poll of ten seconds was accepted")
    except MastodonAPIError as error:
        assert "too soon" in str(error), error
    step("poll, content warning, visibility")


def check_reactions(one, two, post):
    assert two.status_favourite(post.id).favourited is True
    assert two.status_favourite(post.id).favourites_count >= 1
    boost = two.status_reblog(post.id)
    assert boost.reblog.id == post.id
    reply = two.status_reply(post, "Nice one", untag=False)
    assert reply.in_reply_to_id == post.id
    thread = one.status_context(post.id)
    assert [s.id for s in thread.descendants] == [reply.id]
    assert [s.id for s in one.status_context(reply.id).ancestors] == [post.id]
    assert "brand_two" in [a.username for a in one.status_favourited_by(post.id)]
    kinds = [n.type for n in one.notifications() if n.account.username == "brand_two"]
    assert sorted(set(kinds)) == ["favourite", "mention", "reblog"], kinds
    only = one.notifications(types=["mention"])
    assert [n.type for n in only if n.account.username == "brand_two"] == ["mention"]
    newest = one.notifications()[0]
    assert one.notifications(min_id=newest.id) == []
    assert two.status_unfavourite(post.id).favourited is False
    two.status_unreblog(post.id)
    counts = one.status(post.id)
    assert counts.reblogs_count == 0 and counts.replies_count == 1, counts
    step("favourite, reblog, reply, context, favourited_by, notifications with types and min_id, and back")
    return reply


def check_refusals(api, one, two, post):
    url = " https://example.com/" + "y" * 300  # counts 1 + 23
    for text in ("", "x" * 501, "x" * 477 + url):
        try:
            one.status_post(text)
            raise AssertionError(f"{len(text)} characters were accepted")
        except MastodonAPIError as error:
            assert "Validation failed" in str(error), error
    one.status_post("x" * 476 + url)
    try:
        Mastodon(access_token="wrong", api_base_url=api, version_check_mode="none").account_verify_credentials()
        raise AssertionError("a wrong token was accepted")
    except MastodonUnauthorizedError:
        pass
    try:
        two.status_delete(post.id)
        raise AssertionError("another account's post was deleted")
    except MastodonNotFoundError:
        pass
    assert one.status_delete(post.id).text == "Edited"
    try:
        one.status(post.id)
        raise AssertionError("a deleted post is still there")
    except MastodonNotFoundError:
        pass
    step("422, 401, 404, delete")


def check_engagement(sandbox, one, me):
    made = requests.post(sandbox.admin + "/admin/engage", timeout=20,
                         json={"account": "brand_one", "mentions": 2, "follows": 3, "first_user": 100}).json()
    assert len(made["mentions"]) == 2 and len(made["follows"]) == 3, made
    new = one.notifications(types=["follow"], limit=3)
    assert len(new) == 3 and new[0].account.acct
    assert one.account(me.id).followers_count == me.followers_count + 3
    step("engagement by synthetic users")


def main():
    with SandboxProcess("--engagement-scale", "0") as sandbox:
        one, two = (Mastodon(access_token=token, api_base_url=sandbox.api, ratelimit_method="throw")
                    for token in ("token-one", "token-two"))
        assert one.instance().version, "no version"
        step("instance")
        me = check_account(one, two)
        check_profile(one, me)
        check_past(one, me)
        post = check_posting(one, me)
        check_media(one)
        check_forms(one)
        check_reactions(one, two, post)
        check_refusals(sandbox.api, one, two, post)
        check_engagement(sandbox, one, me)
        acted = requests.get(sandbox.admin + "/admin/actions", timeout=20).json()["actions"]
        by_two = [a["action"] for a in acted if a["account"] == "brand_two" and a["post"] == str(post.id)]
        assert by_two == ["like", "like", "repost", "unlike", "unrepost"], by_two
        assert [a["action"] for a in acted if a["account"] == "brand_one"] == ["profile", "edit", "delete"], acted
        accepted = requests.get(sandbox.admin + "/admin/posts", timeout=20).json()
        assert accepted["count"] == 6 and sum(p["deleted"] for p in accepted["posts"]) == 1, accepted
        step("the ground truth has all six posts, one of them deleted")
    print("Mastodon.py exercised:\n  " + "\n  ".join(exercised))


if __name__ == "__main__":
    main()
