enum RecommendingPlaceholder {}
