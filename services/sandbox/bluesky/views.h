// The AppView's JSON of what the state holds. Shapes after the lexicons; a contract test holds them to it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "services/sandbox/bluesky/state.h"

namespace carillon::sandbox::bluesky {

// Who looks, and at which address the server is.
struct Viewer {
  State& state;
  const Actor* actor;  // null: nobody signed in
  std::string base_url;
};

nlohmann::json DidDocument(const Actor& actor, const std::string& base_url);

nlohmann::json ProfileBasic(const Viewer& viewer, const Actor& actor);
nlohmann::json ProfileView(const Viewer& viewer, const Actor& actor);
nlohmann::json ProfileDetailed(const Viewer& viewer, const Actor& actor);

nlohmann::json PostView(const Viewer& viewer, const Post& post);
nlohmann::json FeedViewPost(const Viewer& viewer, const std::string& by, const FeedItem& item);
// The post, or that there is none.
nlohmann::json PostOrNotFound(const Viewer& viewer, const std::string& uri);
nlohmann::json NotFoundPost(const std::string& uri);

// What a post embeds, as it is shown (views_embed.cc); null where it embeds nothing. `depth` bounds quotes of quotes.
nlohmann::json EmbedView(const Viewer& viewer, const Post& post, int depth);
nlohmann::json RecordEmbedView(const Viewer& viewer, const std::string& uri, int depth);

}  // namespace carillon::sandbox::bluesky
