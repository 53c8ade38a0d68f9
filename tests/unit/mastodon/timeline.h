// Statuses and notifications as a Mastodon server writes them, for scripts of FakeHttpClient.
#pragma once

#include <absl/time/time.h>
#include <fmt/format.h>

#include <string>

namespace carillon::testing {

inline std::string Iso(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

inline std::string StatusJson(int id, const std::string& html, absl::Time created_at,
                              const std::string& account = "1", const std::string& more = "") {
  return fmt::format(
      R"({{"id":"{0}","created_at":"{1}","content":"{2}","url":"https://social.example/@a/{0}","in_reply_to_id":null,)"
      R"("account":{{"id":"{3}","acct":"user{3}","display_name":"User {3}"}},"media_attachments":[],"mentions":[],)"
      R"("reblog":null,"replies_count":1,"reblogs_count":2,"favourites_count":3{4}}})",
      id, Iso(created_at), html, account, more);
}

}  // namespace carillon::testing
