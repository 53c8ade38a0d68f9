// What a platform says of itself, as data: limits, prices, rate limits, token lifetimes, names of metrics, versions of its API and when
// they end. One facts.json for each platform, in its folder and in the program; an operator may override single values by a file
// of the same shape. Every fact has its source, the date it was looked up, and how sure it is.
//
// Keys and the shape of their values:
//   text.* media.* poll.* quote.* stream.* idempotency.* token.* points.* policy.*   a number, a text or true/false; the unit ends the key
//   rate.NAME      {"limit": N, "window_s": N, "scope": "account" | "app" | "address"}
//   price.NAME     {"micros": N, "currency": "USD"}: what one costs the app's owner
//   api.NAME       {"version": "...", "sunset": "2027-01-31" or null}
//   metric.OURS    the platform's own name of it
#pragma once

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace carillon::platform {

enum class Evidence {
  kSpecified,   // in a specification or source that was read
  kDocumented,  // in the platform's documentation
  kObserved,    // seen by others
  kUnverified,
};
std::string_view EvidenceName(Evidence evidence);  // "specified"

struct Fact {
  nlohmann::json value;
  std::string source;
  absl::CivilDay date;
  Evidence evidence = Evidence::kUnverified;
  bool overridden = false;  // by the operator
};

struct RateLimitFact {
  int64_t limit = 0;
  absl::Duration window;
  std::string scope;  // "account", "app", "address"
};

struct PriceFact {
  int64_t micros = 0;
  std::string currency;  // ISO 4217
};

struct ApiVersionFact {
  std::string api;
  std::string version;
  std::optional<absl::CivilDay> sunset;  // the first day without it
};

// Immutable but for Override(). The readers fail a CHECK for a key that is not there or of another kind: which keys a platform has is
// its own file's matter, and tested.
class Facts {
 public:
  // `where` names the text in errors. INVALID_ARGUMENT with BAD_FACTS: where and what.
  static Result<Facts> Parse(std::string_view json, std::string_view where);

  // Takes the values in `json`, the same kind of file with only what is to change; a source and a date may be left out. A key that is
  // not there, or a value of another kind, is refused, and nothing is taken.
  Status Override(std::string_view json, std::string_view where);

  const std::string& platform() const { return platform_; }  // "mastodon"
  const std::string& name() const { return name_; }          // "Mastodon"
  const std::string& version() const { return version_; }
  const std::map<std::string, Fact>& all() const { return facts_; }

  bool Has(const std::string& key) const { return facts_.contains(key); }
  int64_t Number(const std::string& key) const;
  bool Flag(const std::string& key) const;
  const std::string& Text(const std::string& key) const;
  absl::Duration Seconds(const std::string& key) const;  // a key that ends with "_s"
  RateLimitFact Rate(const std::string& key) const;
  PriceFact Price(const std::string& key) const;
  std::vector<ApiVersionFact> Apis() const;

 private:
  const nlohmann::json& Value(const std::string& key) const;

  std::string platform_, name_, version_;
  std::map<std::string, Fact> facts_;
};

}  // namespace carillon::platform
