// The rules of an app's filtered stream: GET and POST /2/tweets/search/stream/rules (docs.x.com/x-api/posts/filtered-stream). Each term is one
// rule, whose tag names it; rules with other tags are somebody else's and are left alone.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/facts.h"
#include "common/platform/x/api.h"

namespace carillon::x {

std::string TagOfTerm(const std::string& term);
// Empty: the tag is not ours.
std::string_view TermOfTag(std::string_view tag);

// Makes the app's rules those of `terms`: absolute, so that the same again changes nothing. What is beyond X's number of rules, or refused
// by X as a rule, is left out and told to the log: it is searched for alone. Blocks for at most `timeout`; what an error leaves
// undone the next call does.
Status SetRules(http::HttpClient& client, const Clock& clock, const platform::Facts& facts, const Access& app,
                const std::set<std::string>& terms, absl::Duration timeout);

}  // namespace carillon::x
