#include "services/sandbox/mastodon/render.h"

namespace carillon::sandbox::mastodon {
namespace {

using nlohmann::json;

constexpr char kVersion[] = "4.5.0+carillon-sandbox";

json Configuration(const std::string& base_url) {
  return {{"urls",
           {{"streaming", "ws" + base_url.substr(4)},
            {"status", nullptr},
            {"about", base_url + "/about"},
            {"privacy_policy", nullptr},
            {"terms_of_service", nullptr}}},
          {"vapid",
           {{"public_key",
             "BCk-QqERU0q-CfYZjcuB6lnyyOYfJ2AifKqfeGIm7Z-HiTU5T9eTG5GxVA0_"
             "OH5mMlI4UkkDTpaZwozy0TzdZ2M="}}},
          {"accounts", {{"max_featured_tags", 10}, {"max_pinned_statuses", 5}}},
          {"statuses",
           {{"max_characters", 500},
            {"max_media_attachments", 4},
            {"characters_reserved_per_url", 23}}},
          {"media_attachments",
           {{"supported_mime_types",
             {"image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "video/webm",
              "audio/mpeg", "audio/ogg"}},
            {"description_limit", 1500},
            {"image_size_limit", 16777216},
            {"image_matrix_limit", 33177600},
            {"video_size_limit", 16777216},
            {"video_frame_rate_limit", 120},
            {"video_matrix_limit", 8294400}}},
          {"polls",
           {{"max_options", 4},
            {"max_characters_per_option", 50},
            {"min_expiration", 300},
            {"max_expiration", 2629746}}},
          {"translation", {{"enabled", false}}}};
}

json Rules() {
  return json::array({{{"id", "1"},
                       {"text", "Everyone here is made up."},
                       {"hint", ""},
                       {"translations", json::object()}}});
}

}  // namespace

json RenderInstance(const std::string& base_url, const std::string& domain) {
  return {
      {"domain", domain},
      {"title", "Carillon sandbox"},
      {"version", kVersion},
      {"source_url", "https://github.com/mastodon/mastodon"},
      {"description",
       "A stand-in that speaks the used part of Mastodon's API. Nothing here is real."},
      {"usage", {{"users", {{"active_month", 12}}}}},
      {"thumbnail",
       {{"url", base_url + "/thumbnail.png"}, {"blurhash", nullptr}, {"versions", json::object()}}},
      {"icon", json::array()},
      {"languages", {"en"}},
      {"configuration", Configuration(base_url)},
      {"registrations",
       {{"enabled", false},
        {"approval_required", false},
        {"reason_required", nullptr},
        {"message", nullptr},
        {"min_age", nullptr},
        {"url", nullptr}}},
      {"api_versions", {{"mastodon", 7}}},
      {"contact", {{"email", "nobody@sandbox.example"}, {"account", nullptr}}},
      {"rules", Rules()}};
}

json RenderInstanceV1(const std::string& base_url, const std::string& domain) {
  json configuration = Configuration(base_url);
  for (const char* only_v2 : {"urls", "vapid", "translation"}) configuration.erase(only_v2);
  return {{"uri", domain},
          {"title", "Carillon sandbox"},
          {"short_description", "A stand-in that speaks the used part of Mastodon's API."},
          {"description", "Nothing here is real."},
          {"email", "nobody@sandbox.example"},
          {"version", kVersion},
          {"urls", {{"streaming_api", "ws://" + domain}}},
          {"stats", {{"user_count", 12}, {"status_count", 1000}, {"domain_count", 4}}},
          {"thumbnail", base_url + "/thumbnail.png"},
          {"languages", {"en"}},
          {"registrations", false},
          {"approval_required", false},
          {"invites_enabled", false},
          {"configuration", std::move(configuration)},
          {"contact_account", nullptr},
          {"rules", Rules()}};
}

}  // namespace carillon::sandbox::mastodon
