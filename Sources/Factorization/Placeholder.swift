enum FactorizationPlaceholder {}
