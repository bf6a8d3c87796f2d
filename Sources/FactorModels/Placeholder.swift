enum FactorModelsPlaceholder {}
