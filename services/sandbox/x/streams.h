// The filtered stream of each app: its rules, its one connection, and what both have to do with a new post. Thread-safe; the state's lock
// is taken before this one's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "services/sandbox/x/query.h"

namespace carillon::sandbox::x {

struct Rule {
  std::string value, tag;
  std::vector<Term> terms;
};

class Streams {
 public:
  static constexpr size_t kRulesMax = 1'000;
  static constexpr size_t kAppsMax = 1'000;

  // What a connection is given of a post, with the rules that it fits.
  using Take = std::function<void(State& state, const Post& post, const nlohmann::json& matching_rules)>;

  std::map<Id, Rule> RulesOf(const std::string& app) const;
  // Nothing: the same value is there already, or there is no room.
  std::optional<Id> Add(const std::string& app, Id id, Rule rule);
  bool Remove(const std::string& app, Id id);
  bool RemoveByValue(const std::string& app, const std::string& value);

  // False: the app has its connection already.
  bool Join(const std::string& app, Take take);
  void Leave(const std::string& app);
  // With the state's lock held.
  void OnPost(State& state, const Post& post);

 private:
  struct App {
    std::map<Id, Rule> rules;
    Take take;  // of its connection
  };
  mutable std::mutex mutex_;
  std::map<std::string, App> apps_;
};

}  // namespace carillon::sandbox::x
