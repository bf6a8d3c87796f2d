import ArgumentParser
import Trainers

extension TrainerRegistry {
  /// Returns the trainer that an option names. Throws if there is none with these capabilities.
  static func chosen(
    _ name: String, with capabilities: TrainerCapabilities = []
  ) throws -> any Trainer.Type {
    guard let trainer = trainer(named: name), trainer.capabilities.isSuperset(of: capabilities)
    else { throw ValidationError("not one of \(names(with: capabilities))") }
    return trainer
  }

  /// Throws unless `--models` names at least one trainer, and only trainers.
  static func validate(models: [String]) throws {
    guard !models.isEmpty, models.allSatisfy({ trainer(named: $0) != nil }) else {
      throw ValidationError("--models must be among \(names(with: [])).")
    }
  }
}
