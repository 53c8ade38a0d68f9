// X's JSON of what the state holds, with the members that were asked for. Shapes after the OpenAPI description; a contract test
// holds them to it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "services/sandbox/x/fields.h"
#include "services/sandbox/x/state.h"

namespace carillon::sandbox::x {

// Who looks, from where, and what is wanted.
struct Viewer {
  State& state;
  const User* user;
  std::string base_url;
  const Fields& fields;
};

nlohmann::json PostJson(const Viewer& viewer, const Post& post);
nlohmann::json UserJson(const Viewer& viewer, const User& user);
// As X words it, with what it shortened: of the answer to a new post.
std::string ShownText(State& state, const Post& post);

// {"data": ..., "includes": ...}; no "includes" where nothing was expanded.
nlohmann::json WithIncludes(const Viewer& viewer, nlohmann::json data,
                            const std::vector<const Post*>& posts);

// The URL and the name that X gives a media file: "3_123".
std::string MediaKey(const Media& media);

}  // namespace carillon::sandbox::x
