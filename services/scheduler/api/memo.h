// Directories that ask each name once, whatever the answer, for as long as one file is read. Used by one thread.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "services/scheduler/ports.h"

namespace carillon::scheduler {

class Memo : public BrandDirectory, public AccountDirectory, public CampaignDirectory {
 public:
  explicit Memo(const Directories& from) : from_(from) {}

  Result<strategy::v1::Brand> FindBrand(const std::string& org_id,
                                        const std::string& brand) override {
    return Once(brands_, org_id, brand, [&] { return from_.brands.FindBrand(org_id, brand); });
  }
  Result<publisher::v1::Account> FindAccount(const std::string& brand_id,
                                             const std::string& account) override {
    return Once(accounts_, brand_id, account,
                [&] { return from_.accounts.FindAccount(brand_id, account); });
  }
  Result<strategy::v1::Campaign> FindCampaign(const std::string& brand_id,
                                              const std::string& campaign) override {
    return Once(campaigns_, brand_id, campaign,
                [&] { return from_.campaigns.FindCampaign(brand_id, campaign); });
  }
  Directories directories() { return {*this, *this, *this}; }

 private:
  template <typename T>
  using Known = std::map<std::pair<std::string, std::string>, Result<T>>;

  template <typename T, typename Ask>
  static Result<T> Once(Known<T>& known, const std::string& scope, const std::string& name,
                        Ask ask) {
    auto it = known.find({scope, name});
    if (it == known.end()) it = known.emplace(std::make_pair(scope, name), ask()).first;
    return it->second;
  }

  const Directories from_;
  Known<strategy::v1::Brand> brands_;
  Known<publisher::v1::Account> accounts_;
  Known<strategy::v1::Campaign> campaigns_;
};

}  // namespace carillon::scheduler
