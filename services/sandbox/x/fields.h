// Which members of its objects an answer has: `...fields` and `expansions`. X has two vocabularies for the same: where the request
// has post.fields, its answer says posts and reposts, else tweets and retweets. What is not known is left out without a word. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "common/http/server.h"

namespace carillon::sandbox::x {

struct Fields {
  bool says_posts = false;
  std::set<std::string, std::less<>> post, user, media, poll, expansions;

  bool Expands(std::string_view name) const { return expansions.count(name) > 0; }
  const char* Name(const char* of_tweets, const char* of_posts) const {
    return says_posts ? of_posts : of_tweets;
  }
};

Fields ReadFields(const http::ServerRequest& request);

// The members of a list with commas.
std::set<std::string, std::less<>> ReadList(std::string_view text);

}  // namespace carillon::sandbox::x
