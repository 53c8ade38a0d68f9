#include "services/sandbox/x/streams.h"

#include <algorithm>
#include <utility>

namespace carillon::sandbox::x {

using nlohmann::json;

std::map<Id, Rule> Streams::RulesOf(const std::string& app) const {
  std::lock_guard lock(mutex_);
  const auto found = apps_.find(app);
  return found == apps_.end() ? std::map<Id, Rule>() : found->second.rules;
}

std::optional<Id> Streams::Add(const std::string& app, Id id, Rule rule) {
  std::lock_guard lock(mutex_);
  if (apps_.size() >= kAppsMax && apps_.count(app) == 0) return std::nullopt;
  std::map<Id, Rule>& rules = apps_[app].rules;
  const bool is_there = std::any_of(rules.begin(), rules.end(), [&](const auto& one) { return one.second.value == rule.value; });
  if (is_there || rules.size() >= kRulesMax) return std::nullopt;
  rules.emplace(id, std::move(rule));
  return id;
}

bool Streams::Remove(const std::string& app, Id id) {
  std::lock_guard lock(mutex_);
  return apps_[app].rules.erase(id) > 0;
}

bool Streams::RemoveByValue(const std::string& app, const std::string& value) {
  std::lock_guard lock(mutex_);
  return std::erase_if(apps_[app].rules, [&](const auto& one) { return one.second.value == value; }) > 0;
}

bool Streams::Join(const std::string& app, Take take) {
  std::lock_guard lock(mutex_);
  App& joined = apps_[app];
  if (joined.take) return false;
  joined.take = std::move(take);
  return true;
}

void Streams::Leave(const std::string& app) {
  std::lock_guard lock(mutex_);
  apps_[app].take = nullptr;
}

void Streams::OnPost(State& state, const Post& post) {
  std::lock_guard lock(mutex_);
  for (const auto& [name, app] : apps_) {
    if (!app.take) continue;
    json matching = json::array();
    for (const auto& [id, rule] : app.rules) {
      if (!Holds(state, rule.terms, post)) continue;
      json one = {{"id", std::to_string(id)}};
      if (!rule.tag.empty()) one["tag"] = rule.tag;
      matching.push_back(std::move(one));
    }
    if (!matching.empty()) app.take(state, post, matching);
  }
}

}  // namespace carillon::sandbox::x
