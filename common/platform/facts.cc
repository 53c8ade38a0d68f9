#include "common/platform/facts.h"

#include <fmt/format.h>

#include "common/base/check.h"

namespace carillon::platform {
namespace {

using Json = nlohmann::json;

constexpr size_t kFileBytesMax = 1 << 20;

Status Bad(std::string_view where, std::string_view what) {
  return Refuse(Code::kInvalidArgument, "BAD_FACTS", fmt::format("{}: {}", where, what),
                {{"where", std::string(where)}});
}

Result<Json> ReadObject(std::string_view text, std::string_view where) {
  if (text.size() > kFileBytesMax) return Bad(where, "larger than 1 MB");
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("facts") || !json["facts"].is_object()) {
    return Bad(where, "not a JSON object with \"facts\"");
  }
  return json;
}

std::string TextOf(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool IsCount(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_number_integer() && found->get<int64_t>() >= 0;
}

std::optional<absl::CivilDay> DayOf(std::string_view text) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(absl::string_view(text.data(), text.size()), &day)) return std::nullopt;
  return day;
}

// What the key's kind asks of its value; "" if it is right.
std::string_view WrongShape(std::string_view key, const Json& value) {
  if (key.starts_with("rate.")) {
    const std::string scope = value.is_object() ? TextOf(value, "scope") : "";
    const bool good = (scope == "account" || scope == "app" || scope == "address") &&
                      IsCount(value, "limit") && IsCount(value, "window_s") && value.size() == 3;
    return good ? "" : R"(must be {"limit": N, "window_s": N, "scope": "account", "app" or "address"})";
  }
  if (key.starts_with("price.")) {
    const bool good = value.is_object() && IsCount(value, "micros") &&
                      TextOf(value, "currency").size() == 3 && value.size() == 2;
    return good ? "" : R"(must be {"micros": N, "currency": "USD"})";
  }
  if (key.starts_with("api.")) {
    const bool good = value.is_object() && !TextOf(value, "version").empty() &&
                      value.contains("sunset") && value.size() == 2 &&
                      (value["sunset"].is_null() || DayOf(TextOf(value, "sunset")));
    return good ? "" : R"(must be {"version": "...", "sunset": "YYYY-MM-DD" or null})";
  }
  if (value.is_number_integer()) return value.get<int64_t>() >= 0 ? "" : "must not be below 0";
  return value.is_string() || value.is_boolean() ? "" : "must be a whole number, a text, true or false";
}

std::optional<Evidence> EvidenceOf(std::string_view name) {
  for (const Evidence evidence : {Evidence::kSpecified, Evidence::kDocumented, Evidence::kObserved,
                                  Evidence::kUnverified}) {
    if (EvidenceName(evidence) == name) return evidence;
  }
  return std::nullopt;
}

Result<Fact> ReadFact(const std::string& key, const Json& json, std::string_view where) {
  const auto bad = [&](std::string_view what) { return Bad(where, fmt::format("{} {}", key, what)); };
  if (!json.is_object() || !json.contains("value")) return bad("has no \"value\"");
  Fact fact;
  fact.value = json["value"];
  if (const auto wrong = WrongShape(key, fact.value); !wrong.empty()) return bad(wrong);
  fact.source = TextOf(json, "source");
  if (fact.source.empty()) return bad("has no \"source\"");
  const auto date = DayOf(TextOf(json, "date"));
  if (!date) return bad("has no \"date\" (YYYY-MM-DD)");
  fact.date = *date;
  const auto evidence = EvidenceOf(TextOf(json, "evidence"));
  if (!evidence) return bad("needs \"evidence\": specified, documented, observed or unverified");
  fact.evidence = *evidence;
  return fact;
}

}  // namespace

std::string_view EvidenceName(Evidence evidence) {
  switch (evidence) {
    case Evidence::kSpecified: return "specified";
    case Evidence::kDocumented: return "documented";
    case Evidence::kObserved: return "observed";
    case Evidence::kUnverified: return "unverified";
  }
  return "";
}

Result<Facts> Facts::Parse(std::string_view text, std::string_view where) {
  ASSIGN_OR_RETURN(const Json json, ReadObject(text, where));
  Facts facts;
  facts.platform_ = TextOf(json, "platform");
  facts.name_ = TextOf(json, "name");
  facts.version_ = TextOf(json, "version");
  if (facts.platform_.empty() || facts.name_.empty() || facts.version_.empty()) {
    return Bad(where, "\"platform\", \"name\" and \"version\" are needed");
  }
  for (const auto& [key, value] : json["facts"].items()) {
    ASSIGN_OR_RETURN(Fact fact, ReadFact(key, value, where));
    facts.facts_.emplace(key, std::move(fact));
  }
  return facts;
}

Status Facts::Override(std::string_view text, std::string_view where) {
  ASSIGN_OR_RETURN(const Json json, ReadObject(text, where));
  const std::string platform = json.contains("platform") ? TextOf(json, "platform") : platform_;
  if (platform != platform_) {
    return Bad(where, fmt::format("is about '{}', not {}", platform, platform_));
  }
  std::map<std::string, Fact> changed = facts_;
  for (const auto& [key, value] : json["facts"].items()) {
    const auto found = changed.find(key);
    if (found == changed.end()) {
      return Bad(where, fmt::format("{} is no fact of {}; `carillon platform facts {}` lists them",
                                    key, name_, platform_));
    }
    Json filled = value;
    if (!filled.is_object()) return Bad(where, fmt::format("{} has no \"value\"", key));
    if (!filled.contains("source")) filled["source"] = "the operator";
    if (!filled.contains("date")) filled["date"] = absl::FormatCivilTime(found->second.date);
    if (!filled.contains("evidence")) filled["evidence"] = "observed";
    ASSIGN_OR_RETURN(Fact fact, ReadFact(key, filled, where));
    const bool same_kind = fact.value.type() == found->second.value.type() ||
                           (fact.value.is_number() && found->second.value.is_number());
    if (!same_kind) {
      return Bad(where, fmt::format("{} must be like {}", key, found->second.value.dump()));
    }
    fact.overridden = true;
    found->second = std::move(fact);
  }
  facts_ = std::move(changed);
  return Ok();
}

const Json& Facts::Value(const std::string& key) const {
  const auto found = facts_.find(key);
  CARILLON_CHECK(found != facts_.end(), "{} has no fact {}", platform_, key);
  return found->second.value;
}

int64_t Facts::Number(const std::string& key) const {
  const Json& value = Value(key);
  CARILLON_CHECK(value.is_number_integer(), "{} of {} is no number", key, platform_);
  return value.get<int64_t>();
}

bool Facts::Flag(const std::string& key) const {
  const Json& value = Value(key);
  CARILLON_CHECK(value.is_boolean(), "{} of {} is neither true nor false", key, platform_);
  return value.get<bool>();
}

const std::string& Facts::Text(const std::string& key) const {
  const Json& value = Value(key);
  CARILLON_CHECK(value.is_string(), "{} of {} is no text", key, platform_);
  return value.get_ref<const std::string&>();
}

absl::Duration Facts::Seconds(const std::string& key) const {
  CARILLON_CHECK(key.ends_with("_s"), "{} is not in seconds", key);
  return absl::Seconds(Number(key));
}

RateLimitFact Facts::Rate(const std::string& key) const {
  CARILLON_CHECK(key.starts_with("rate."), "{} is no rate limit", key);
  const Json& value = Value(key);
  return {value["limit"].get<int64_t>(), absl::Seconds(value["window_s"].get<int64_t>()),
          value["scope"].get<std::string>()};
}

PriceFact Facts::Price(const std::string& key) const {
  CARILLON_CHECK(key.starts_with("price."), "{} is no price", key);
  const Json& value = Value(key);
  return {value["micros"].get<int64_t>(), value["currency"].get<std::string>()};
}

std::vector<ApiVersionFact> Facts::Apis() const {
  std::vector<ApiVersionFact> out;
  for (const auto& [key, fact] : facts_) {
    if (!key.starts_with("api.")) continue;
    out.push_back({key.substr(4), TextOf(fact.value, "version"), DayOf(TextOf(fact.value, "sunset"))});
  }
  return out;
}

}  // namespace carillon::platform
