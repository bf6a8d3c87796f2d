import Errors
import ModelRegistry

extension Diagnosis {
  /// Checks which versions of models are in service, and whether they are intact.
  mutating func checkModels(in options: RegistryOptions) {
    do {
      let registry = try options.existingRegistry()
      let names = try registry.isThere() ? registry.names() : []
      guard !names.isEmpty else {
        note(
          "models", .absent,
          "no model in \(registry.folder). Train one with `latent train --publish`.")
        return
      }
      for name in names { checkModel(registry.versions(of: name)) }
    } catch {
      note("models", .wrong, "\(error)")
    }
  }

  private mutating func checkModel(_ versions: ModelVersions) {
    let subject = "model \(versions.name)"
    do throws(ModelFileError) {
      let all = try versions.all()
      guard let current = try versions.current() else {
        note(
          subject, .absent,
          "\(all.count == 1 ? "1 version" : "\(all.count) versions"), none in service. "
            + "Promote one of `\(versions.command("models list"))`."
        )
        return
      }
      try versions.verify(current)
      let manifest = try versions.manifest(of: current)
      note(
        subject, .good,
        "version \(current) is in service and intact, "
          + "\(all.count == 1 ? "the only one" : "one of \(all.count)") kept ("
          + "\(manifest.run.kinds.joined(separator: " and ")), trained "
          + "\(manifest.run.startedAt))")
    } catch {
      note(
        subject, .wrong, "\(error) See `\(versions.command("models verify --all"))`.")
    }
  }
}
