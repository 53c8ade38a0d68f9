#include "common/platform/x/stream_rules.h"

#include <algorithm>
#include <map>
#include <vector>

#include "common/observe/log.h"
#include "common/platform/json.h"
#include "common/platform/x/search.h"

namespace carillon::x {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr char kPath[] = "/2/tweets/search/stream/rules";
constexpr std::string_view kTagStart = "carillon:";
constexpr size_t kBatch = 100;
constexpr int kPagesMax = 30;  // of 1,000 rules; no plan has more

struct Rules {
  std::map<std::string, std::pair<std::string, std::string>> ours;  // by id: tag and value
  int64_t others = 0;
};

class RuleSetter {
 public:
  RuleSetter(http::HttpClient& client, const Clock& clock, const platform::Facts& facts, const Access& app, absl::Duration timeout)
      : client_(client), clock_(clock), facts_(facts), app_(app), end_(clock.BootTime() + timeout) {}

  Status Run(const std::set<std::string>& terms) {
    ASSIGN_OR_RETURN(const Rules rules, ReadRules());
    std::map<std::string, std::string> missing;  // by tag
    const int64_t room = std::max<int64_t>(0, facts_.Number("stream.rules_max") - rules.others);
    for (const std::string& term : terms) {
      if (static_cast<int64_t>(missing.size()) < room) missing[TagOfTerm(term)] = QueryOfTerm(term) + " -is:retweet";
    }
    if (missing.size() < terms.size()) {
      observe::Warn("X takes no more rules for the stream; the other terms are searched for alone",
                    {{"terms", std::to_string(terms.size())}, {"pushed", std::to_string(missing.size())}});
    }
    std::vector<std::string> unwanted;
    for (const auto& [id, rule] : rules.ours) {
      const auto wanted = missing.find(rule.first);
      if (wanted != missing.end() && wanted->second == rule.second) {
        missing.erase(wanted);
      } else {
        unwanted.push_back(id);
      }
    }
    RETURN_IF_ERROR(Delete(unwanted));
    return Add({missing.begin(), missing.end()});
  }

 private:
  using Rule = std::pair<std::string, std::string>;  // tag and value

  Result<Rules> ReadRules() {
    Rules rules;
    std::string token;
    for (int page = 0; page < kPagesMax; ++page) {
      http::FormFields query = {{"max_results", "1000"}};
      if (!token.empty()) query.emplace_back("pagination_token", token);
      ASSIGN_OR_RETURN(const Answer answer, Get(client_, clock_, app_, kPath, query, end_ - clock_.BootTime()));
      const Json& data = GetMember(answer.body, "data");
      if (data.is_array()) {
        for (const Json& rule : data) Take(rule, rules);
      }
      const std::string next = GetText(GetMember(answer.body, "meta"), "next_token");
      if (next.empty() || next == token) return rules;
      token = next;
    }
    return MakeStatus(Code::kUnavailable, "X's list of rules does not end");
  }

  static void Take(const Json& rule, Rules& rules) {
    const std::string tag = GetText(rule, "tag");
    if (TermOfTag(tag).empty()) {
      ++rules.others;
    } else {
      rules.ours[platform::GetId(rule, "id")] = {tag, GetText(rule, "value")};
    }
  }

  Status Delete(const std::vector<std::string>& ids) {
    for (size_t from = 0; from < ids.size(); from += kBatch) {
      const auto to = ids.begin() + std::min(ids.size(), from + kBatch);
      const Json body = {{"delete", {{"ids", std::vector<std::string>(ids.begin() + from, to)}}}};
      RETURN_IF_ERROR(Post(body).status());
    }
    return Ok();
  }

  // X refuses a batch as a whole for one bad rule of it, or takes the others: the rest is asked for one by one.
  Status Add(const std::vector<Rule>& rules) {
    for (size_t from = 0; from < rules.size(); from += kBatch) {
      const std::vector<Rule> batch(rules.begin() + from, rules.begin() + std::min(rules.size(), from + kBatch));
      ASSIGN_OR_RETURN(const std::vector<Rule> left, AddSome(batch));
      for (const Rule& rule : left) {
        ASSIGN_OR_RETURN(const std::vector<Rule> refused, AddSome({rule}));
        if (refused.empty()) continue;
        observe::Warn("X takes no such rule for the stream; the term is searched for alone",
                      {{"term", std::string(TermOfTag(rule.first))}});
      }
    }
    return Ok();
  }

  // Those that were not taken.
  Result<std::vector<Rule>> AddSome(const std::vector<Rule>& rules) {
    Json body = {{"add", Json::array()}};
    for (const auto& [tag, value] : rules) body["add"].push_back({{"value", value}, {"tag", tag}});
    const Result<Answer> answer = Post(body);
    if (answer.status().code() == Code::kInvalidArgument) return rules;
    RETURN_IF_ERROR(answer.status());
    std::set<std::string> taken;
    const Json& data = GetMember(answer->body, "data");
    if (data.is_array()) {
      for (const Json& rule : data) taken.insert(GetText(rule, "tag"));
    }
    std::vector<Rule> left;
    for (const Rule& rule : rules) {
      if (!taken.contains(rule.first)) left.push_back(rule);
    }
    return left;
  }

  Result<Answer> Post(const Json& body) {
    return Call(client_, clock_, app_, MakeJsonRequest(app_, kPath, body), end_ - clock_.BootTime());
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::Facts& facts_;
  const Access& app_;
  const absl::Duration end_;  // boot time
};

}  // namespace

std::string TagOfTerm(const std::string& term) { return std::string(kTagStart) + term; }

std::string_view TermOfTag(std::string_view tag) {
  if (!tag.starts_with(kTagStart)) return {};
  return tag.substr(kTagStart.size());
}

Status SetRules(http::HttpClient& client, const Clock& clock, const platform::Facts& facts, const Access& app,
                const std::set<std::string>& terms, absl::Duration timeout) {
  return RuleSetter(client, clock, facts, app, timeout).Run(terms);
}

}  // namespace carillon::x
