#include "common/platform/bluesky/lookup.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/atproto_syntax/at_uri.h"
#include "common/atproto_syntax/tid.h"
#include "common/platform/bluesky/api.h"
#include "common/platform/bluesky/record.h"
#include "common/platform/bluesky/session.h"

namespace carillon::bluesky {
namespace {

using Kind = platform::LookupOutcome::Kind;
using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr const char* kPageSize = "100";  // the most that the lexicon allows
constexpr int kPagesMax = 10;
// Our clocks that wrote `since` and `first_sent_at` may be so far apart.
constexpr absl::Duration kClockMargin = absl::Minutes(1);

platform::LookupOutcome Unavailable(std::string error) {
  platform::LookupOutcome out;
  out.error = std::move(error);
  return out;
}

// The record under this delivery's key.
platform::LookupOutcome Judge(const Json& record, const platform::LookupRequest& request) {
  const std::string uri = GetText(record, "uri");
  const auto parsed = atproto_syntax::ParseAtUri(uri);
  if (!parsed || parsed->authority != request.access.remote_account_id) {
    return Unavailable("the server gave another record than it was asked for");
  }
  platform::LookupOutcome out;
  out.remote_id = uri;
  const auto session = ReadSession(request.access.access_token);
  out.remote_url = WebAddress(uri, session.ok() ? session->handle : "");
  const auto& known = request.known_remote_ids;
  const bool same = GetText(GetMember(record, "value"), "text") == PostText(request.content) &&
                    std::find(known.begin(), known.end(), uri) == known.end();
  out.kind = same ? Kind::kFound : Kind::kAmbiguous;
  if (!same) out.error = "there is another post under this delivery's key";
  return out;
}

// Also the words of servers from before the error had a name.
bool SaysNotFound(const Status& status, const std::string& uri) {
  return ReasonOf(status) == "RECORD_NOT_FOUND" ||
         (status.code() == Code::kInvalidArgument &&
          Message(status).find("Could not locate record: " + uri) != std::string::npos);
}

class Search {
 public:
  Search(http::HttpClient& client, const Clock& clock, const platform::LookupRequest& request)
      : client_(client), clock_(clock), request_(request), end_(clock.BootTime() + request.timeout) {
    public_.base_url = request.access.base_url;
    if (const auto session = ReadSession(request.access.access_token); session.ok() && !session->pds.empty()) {
      public_.base_url = session->pds;
    }
  }

  platform::LookupOutcome Run() {
    const std::string& did = request_.access.remote_account_id;
    const std::string key = RecordKey(request_.first_sent_at, request_.idempotency_key);
    const auto record = Ask("getRecord", {{"rkey", key}});
    if (record.ok()) return Judge(*record, request_);
    const std::string uri = fmt::format("at://{}/{}/{}", did, kPostCollection, key);
    if (!SaysNotFound(record.status(), uri)) return Unavailable(Message(record.status()));
    return InListing();
  }

 private:
  Result<Json> Ask(const char* method, const http::FormFields& more) {
    http::FormFields query = {{"repo", request_.access.remote_account_id},
                              {"collection", std::string(kPostCollection)}};
    query.insert(query.end(), more.begin(), more.end());
    return Query(client_, clock_, public_, std::string("com.atproto.repo.") + method, query, end_ - clock_.BootTime());
  }

  platform::LookupOutcome InListing() {
    const absl::Time since = std::min(request_.since, request_.first_sent_at) - kClockMargin;
    std::string cursor;
    for (int page = 0; page < kPagesMax; ++page) {
      http::FormFields query = {{"limit", kPageSize}};
      if (!cursor.empty()) query.emplace_back("cursor", cursor);
      const auto listing = Ask("listRecords", query);
      if (!listing.ok()) return Unavailable(Message(listing.status()));
      const Json& records = GetMember(*listing, "records");
      if (!records.is_array()) return Unavailable("the server sent no list of records");
      for (const Json& record : records) {
        const auto uri = atproto_syntax::ParseAtUri(GetText(record, "uri"));
        if (!uri) return Unavailable("the server listed a record without an address");
        // Newest keys first. What is no TID stands where it stands, and is not ours.
        const auto tid = atproto_syntax::ParseTid(uri->record_key);
        if (!tid) continue;
        if (absl::FromUnixMicros(tid->microseconds) < since) return Absent();
        if (!IsKeyOf(uri->record_key, request_.idempotency_key)) continue;
        platform::LookupOutcome found = Judge(record, request_);
        // One in a million other posts has such a key; this one has another text.
        if (found.kind != Kind::kAmbiguous) return found;
      }
      cursor = GetText(*listing, "cursor");
      if (cursor.empty() || records.empty()) return Absent();
    }
    return Unavailable(fmt::format("more than {} pages of posts since the first attempt", kPagesMax));
  }

  static platform::LookupOutcome Absent() {
    platform::LookupOutcome out;
    out.kind = Kind::kAbsent;
    return out;
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::LookupRequest& request_;
  const absl::Duration end_;
  Access public_;  // without a token
};

}  // namespace

platform::LookupOutcome LookUp(http::HttpClient& client, const Clock& clock,
                               const platform::LookupRequest& request) {
  return Search(client, clock, request).Run();
}

}  // namespace carillon::bluesky
