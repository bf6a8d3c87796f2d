enum InteractionsPlaceholder {}
