#include "common/platform/bluesky/connector.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/atproto_syntax/at_uri.h"
#include "common/platform/bluesky/act.h"
#include "common/platform/bluesky/api.h"
#include "common/platform/bluesky/blob.h"
#include "common/platform/bluesky/chat.h"
#include "common/platform/bluesky/errors.h"
#include "common/platform/bluesky/lookup.h"
#include "common/platform/bluesky/oauth_session.h"
#include "common/platform/bluesky/profile.h"
#include "common/platform/bluesky/rates.h"
#include "common/platform/bluesky/record.h"
#include "common/platform/bluesky/session.h"
#include "common/platform/bluesky/validate.h"
#include "common/platform/outcome.h"
#include "common/platform/redact.h"
#include "common/platform/upload.h"

namespace carillon::bluesky {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

Json CreationOf(std::string_view collection, const std::string& key, Json record) {
  return {{"$type", "com.atproto.repo.applyWrites#create"}, {"collection", collection}, {"rkey", key}, {"value", std::move(record)}};
}

// The post; with who may reply, both records in one commit: neither is ever there without the other, so one look-up tells of both.
http::HttpRequest MakeWrite(const platform::PublishRequest& request, const Access& access, const std::string& did, Json post) {
  const std::string key = RecordKey(request.first_sent_at, request.idempotency_key);
  if (!request.content.reply_groups) {
    return MakeProcedure(access, "com.atproto.repo.putRecord",
                         {{"repo", did},
                          {"collection", kPostCollection},
                          {"rkey", key},
                          {"record", std::move(post)},
                          {"swapRecord", nullptr}});
  }
  const std::string uri = fmt::format("at://{}/{}/{}", did, kPostCollection, key);
  Json gate = MakeGate(*request.content.reply_groups, request.first_sent_at, uri);
  const Json writes = Json::array({CreationOf(kPostCollection, key, std::move(post)),
                                   CreationOf(kGateCollection, key, std::move(gate))});
  return MakeProcedure(access, "com.atproto.repo.applyWrites", {{"repo", did}, {"writes", writes}});
}

// A post of that account; nothing if the address is another's, or none.
std::optional<atproto_syntax::AtUri> OwnPost(std::string_view uri, std::string_view did) {
  auto parsed = atproto_syntax::ParseAtUri(uri);
  if (parsed && (parsed->authority != did || parsed->record_key.empty())) parsed.reset();
  return parsed;
}

Status Gone(std::string_view what) {
  return Refuse(Code::kNotFound, "REMOTE_NOT_FOUND", fmt::format("{} is gone", what));
}

// What a post answers: itself, and the first of its thread. `record`: what stands in the repository.
ReplyTo ReplyToPost(const Json& post, const Json& record) {
  ReplyTo reply;
  reply.parent = {GetText(post, "uri"), GetText(post, "cid")};
  const Json& root = GetMember(GetMember(record, "reply"), "root");
  reply.root = root.is_object() ? StrongRef{GetText(root, "uri"), GetText(root, "cid")} : reply.parent;
  return reply;
}

class BlueskyConnector : public platform::Connector {
 public:
  BlueskyConnector(http::HttpClient& client, const Clock& clock, const platform::Facts& facts)
      : client_(client), clock_(clock), facts_(facts) {}

  std::string Platform() const override { return "bluesky"; }

  // Of OAuth's, the session that Redeem() made; else an app password, which becomes one.
  Status CheckSecret(const std::string& secret) const override {
    return IsOAuth(secret) ? Ok() : ReadAppPassword(secret).status();
  }

  Result<platform::AccountInfo> Verify(const platform::AccountAccess& account,
                                       absl::Duration timeout) override {
    const absl::Duration end = clock_.BootTime() + timeout;
    ASSIGN_OR_RETURN(const Session session, IsOAuth(account.access_token) ? OAuthSession(account, timeout)
                                                                          : NewSession(account, timeout));
    // The session exists now, and they are few: it is not lost for want of a name.
    const auto profile = Query(client_, clock_, AccessOf(account.base_url, session), "app.bsky.actor.getProfile",
                               {{"actor", session.did}}, end - clock_.BootTime());
    platform::AccountInfo info;
    info.remote_account_id = session.did;
    info.username = session.handle;
    info.display_name = profile.ok() ? GetText(*profile, "displayName") : "";
    if (info.display_name.empty()) info.display_name = session.handle;
    info.profile_url = "https://bsky.app/profile/" + session.handle;
    info.secret = ToSecret(session);
    info.token_expires_at = session.is_oauth() ? session.expires_at : ExpiryOf(session.access);
    if (!info.token_expires_at) {
      info.token_expires_at = clock_.Now() + facts_.Seconds("token.access_lifetime_s");
    }
    info.refreshable = !session.refresh.empty();
    return info;
  }

  Result<platform::PlatformLimits> Limits(const platform::AccountAccess&, absl::Duration) override {
    return LimitsOf(facts_);
  }

  platform::RefreshOutcome Refresh(const platform::RefreshRequest& request) override {
    const auto session = ReadSession(request.access.access_token);
    platform::RefreshOutcome out = session.ok() && session->is_oauth()
                                       ? RefreshByOAuth(client_, clock_, request, *session)
                                       : bluesky::Refresh(client_, clock_, request);
    if (out.kind == platform::RefreshOutcome::Kind::kRefreshed && !out.token_expires_at) {
      out.token_expires_at = clock_.Now() + facts_.Seconds("token.access_lifetime_s");
    }
    return out;
  }

  std::string Lendable(const std::string& secret) const override {
    const auto session = ReadSession(secret);
    return session.ok() ? ToLent(*session) : "";
  }

  Status Validate(const platform::PublishContent& content,
                  const platform::PlatformLimits& limits) const override {
    return ValidateContent(content, limits);
  }

  std::vector<platform::RateCharge> RateCharges(const platform::PublishContent& content,
                                                std::optional<platform::Action> action) const override {
    return bluesky::RateCharges(facts_, content, action);
  }

  // The handle is the blob as the server described it, which the record repeats.
  Result<platform::UploadedMedia> Upload(const platform::UploadRequest& upload) override {
    ASSIGN_OR_RETURN(const Session session, ReadSession(upload.access.access_token));
    const Access access = AccessOf(upload.access.base_url, session);
    ASSIGN_OR_RETURN(const Json blob, UploadBlob(client_, clock_, access, upload));
    return platform::UploadedMedia{blob.dump(), facts_.Seconds("media.blob_lifetime_s")};
  }

  platform::PublishOutcome Publish(const platform::PublishRequest& request) override {
    const absl::Duration end = clock_.BootTime() + request.timeout;
    const auto session = ReadSession(request.access.access_token);
    if (!session.ok()) return platform::RefusedBefore(session.status());
    const Access access = AccessOf(request.access.base_url, *session);
    if (!request.content.conversation_remote_id.empty()) return SendMessage(request, access, end);
    const auto record = MakeRecord(request, access, end);
    if (!record.ok()) return platform::RefusedBefore(record.status());
    http::HttpRequest http = MakeWrite(request, access, session->did, *record);
    http.has_effect = true;
    http.before_first_byte = request.may_send;
    http.deadline = end - clock_.BootTime();
    if (http.deadline <= absl::ZeroDuration()) return platform::NotSent("reading what the post names took all the time");
    platform::PublishOutcome out =
        ClassifyPublish(Exchange(client_, clock_, access, std::move(http)), access, clock_.Now());
    if (!out.remote_id.empty()) out.remote_url = WebAddress(out.remote_id, session->handle);
    return out;
  }

  platform::LookupOutcome Lookup(const platform::LookupRequest& request) override {
    return request.content.conversation_remote_id.empty() ? LookUp(client_, clock_, request)
                                                          : LookUpMessage(client_, clock_, request);
  }

  platform::PublishOutcome Act(const platform::ActRequest& request) override {
    const auto session = ReadSession(request.access.access_token);
    if (!session.ok()) return platform::RefusedBefore(session.status());
    return bluesky::Act(client_, clock_, request, session->did, AccessOf(request.access.base_url, *session));
  }

  Result<platform::Profile> ReadProfile(const platform::AccountAccess& account, absl::Duration timeout) override {
    ASSIGN_OR_RETURN(const Session session, ReadSession(account.access_token));
    return bluesky::ReadProfile(client_, clock_, AccessOf(account.base_url, session), session.did, timeout);
  }

  Status CheckProfile(const platform::ProfileChange& change) const override { return bluesky::CheckProfile(change, facts_); }

  platform::PublishOutcome SetProfile(const platform::SetProfileRequest& request) override {
    const auto session = ReadSession(request.access.access_token);
    if (!session.ok()) return platform::RefusedBefore(session.status());
    return bluesky::SetProfile(client_, clock_, request, session->did, AccessOf(request.access.base_url, *session));
  }

 private:
  static bool IsOAuth(const std::string& secret) {
    const auto session = ReadSession(secret);
    return session.ok() && session->is_oauth();
  }

  Result<Session> NewSession(const platform::AccountAccess& account, absl::Duration timeout) {
    ASSIGN_OR_RETURN(const AppPassword given, ReadAppPassword(account.access_token));
    return Create(client_, clock_, account.base_url, given, timeout);
  }

  // The PDS' own word for whose token it is, and under which handle.
  Result<Session> OAuthSession(const platform::AccountAccess& account, absl::Duration timeout) {
    ASSIGN_OR_RETURN(Session session, ReadSession(account.access_token));
    const Access access = AccessOf(account.base_url, session);
    ASSIGN_OR_RETURN(const Json body, Query(client_, clock_, access, "com.atproto.server.getSession", {}, timeout));
    if (GetText(body, "did") != session.did) {
      return Refuse(Code::kUnauthenticated, "TOKEN_REFUSED", "the token is another account's",
                    {{"host", platform::HostOf(access.base_url)}});
    }
    session.handle = GetText(body, "handle");
    return session;
  }

  platform::PublishOutcome SendMessage(const platform::PublishRequest& request, const Access& access,
                                       absl::Duration end) {
    http::HttpRequest http = MakeMessage(access, request.content);
    http.has_effect = true;
    http.before_first_byte = request.may_send;
    http.deadline = end - clock_.BootTime();
    if (http.deadline <= absl::ZeroDuration()) return platform::NotSent("no time left to send");
    return ClassifyMessage(Exchange(client_, clock_, access, std::move(http)), access, clock_.Now());
  }

  Result<Json> MakeRecord(const platform::PublishRequest& request, const Access& access,
                          absl::Duration end) {
    const platform::PublishContent& content = request.content;
    if (request.media_handles.size() != content.media.size()) {
      return MakeStatus(Code::kInternal, fmt::format("{} media but {} uploads: upload all before publishing",
                                                     content.media.size(), request.media_handles.size()));
    }
    PostParts parts;
    for (const std::string& handle : request.media_handles) {
      auto blob = platform::ParseJson(handle);
      if (!blob) return MakeStatus(Code::kInternal, "an upload's handle is not a blob");
      parts.blobs.push_back(*std::move(blob));
    }
    for (const std::string& handle : MentionedHandles(content)) {
      const auto resolved = Query(client_, clock_, access, "com.atproto.identity.resolveHandle",
                                  {{"handle", handle}}, end - clock_.BootTime());
      if (resolved.ok()) {
        parts.did_of[handle] = GetText(*resolved, "did");
      } else if (resolved.status().code() != Code::kInvalidArgument &&
                 resolved.status().code() != Code::kNotFound) {
        return resolved.status();
      }
    }
    if (!content.in_reply_to_remote_id.empty()) {
      ASSIGN_OR_RETURN(parts.reply, FindParent(content.in_reply_to_remote_id, request.access.remote_account_id, access, end));
    }
    if (!content.quoted_remote_id.empty()) {
      ASSIGN_OR_RETURN(parts.quoted, FindQuoted(content.quoted_remote_id, request.access.remote_account_id, access, end));
    }
    return MakePost(content, request.first_sent_at, parts);
  }

  // A post of the account's own is read from its repository, which has it at once: what the AppView shows comes later. `what` is for
  // people: "the post that is replied to".
  Result<Json> FindOwn(const atproto_syntax::AtUri& uri, std::string_view what, const Access& access, absl::Duration end) {
    auto record = Query(client_, clock_, access, "com.atproto.repo.getRecord",
                        {{"repo", uri.authority}, {"collection", uri.collection}, {"rkey", uri.record_key}},
                        end - clock_.BootTime());
    if (!record.ok()) {
      if (ReasonOf(record.status()) != "RECORD_NOT_FOUND") return record.status();
      return Gone(what);
    }
    if (!GetText(*record, "cid").empty()) return record;
    return MakeStatus(Code::kUnavailable, "the server did not say which record it has");
  }

  Result<Json> FindPost(const std::string& uri, std::string_view what, const Access& access, absl::Duration end) {
    ASSIGN_OR_RETURN(const Json body, Query(client_, clock_, access, "app.bsky.feed.getPosts",
                                            {{"uris", uri}}, end - clock_.BootTime()));
    const Json& posts = GetMember(body, "posts");
    if (posts.is_array() && !posts.empty()) return posts[0];
    return Gone(what);
  }

  Result<ReplyTo> FindParent(const std::string& parent, const std::string& did, const Access& access, absl::Duration end) {
    constexpr std::string_view kWhat = "the post that is replied to";
    if (const auto own = OwnPost(parent, did)) {
      ASSIGN_OR_RETURN(const Json record, FindOwn(*own, kWhat, access, end));
      return ReplyToPost(record, GetMember(record, "value"));
    }
    ASSIGN_OR_RETURN(const Json post, FindPost(parent, kWhat, access, end));
    return ReplyToPost(post, GetMember(post, "record"));
  }

  Result<StrongRef> FindQuoted(const std::string& quoted, const std::string& did, const Access& access, absl::Duration end) {
    constexpr std::string_view kWhat = "the post that is quoted";
    std::string uri = QuotedUri(quoted);
    const auto parsed = atproto_syntax::ParseAtUri(uri);
    if (!parsed) return Refuse(Code::kInvalidArgument, "BAD_QUOTE", fmt::format("'{}' is no post of Bluesky", quoted));
    if (!parsed->authority.starts_with("did:")) {
      ASSIGN_OR_RETURN(const Json resolved,
                       Query(client_, clock_, access, "com.atproto.identity.resolveHandle",
                             {{"handle", parsed->authority}}, end - clock_.BootTime()));
      uri = fmt::format("at://{}/{}/{}", GetText(resolved, "did"), kPostCollection, parsed->record_key);
    }
    // Its author may quote a post that nobody else may (packages/bsky, parsePostgate).
    if (const auto own = OwnPost(uri, did)) {
      ASSIGN_OR_RETURN(const Json record, FindOwn(*own, kWhat, access, end));
      return StrongRef{GetText(record, "uri"), GetText(record, "cid")};
    }
    ASSIGN_OR_RETURN(const Json post, FindPost(uri, kWhat, access, end));
    if (platform::GetBool(GetMember(post, "viewer"), "embeddingDisabled")) {
      return Refuse(Code::kPermissionDenied, "QUOTE_NOT_ALLOWED", "its author does not allow quotes of that post");
    }
    return StrongRef{GetText(post, "uri"), GetText(post, "cid")};
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::Facts& facts_;
};

}  // namespace

std::unique_ptr<platform::Connector> MakeConnector(http::HttpClient& client, const Clock& clock,
                                                   const platform::Facts& facts) {
  return std::make_unique<BlueskyConnector>(client, clock, facts);
}

}  // namespace carillon::bluesky
