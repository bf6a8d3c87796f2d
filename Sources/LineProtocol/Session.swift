/// The state of a connection that its client has set.
package struct Session: Sendable {
  /// What all connections of a server have in common.
  package struct Server: Sendable {
    /// The version of Latent.
    package let version: String
    /// The server's commands.
    package let commands: CommandTable
    /// Whether clients have to log in.
    package let hasUsers: Bool
    /// The maximum memory of the commands between MULTI and EXEC.
    package let transactionBytes: Int

    package init(
      version: String, commands: CommandTable, hasUsers: Bool = false,
      transactionBytes: Int = RequestLimits().transactionBytes
    ) {
      self.version = version
      self.commands = commands
      self.hasUsers = hasUsers
      self.transactionBytes = transactionBytes
    }
  }

  /// The connection's number, unique among all connections to this server.
  package let identifier: Int64
  /// Whether HELLO 3 was said.
  package private(set) var usesVersion3 = false { didSet { lookWhatMayBeAsked() } }
  /// Whether QUIT was said, or anything else after which nothing is answered.
  package private(set) var isOver = false
  /// The commands queued for EXEC; `nil` without MULTI.
  package private(set) var transaction: Transaction?
  /// The connection's name, as given by its client; empty if none.
  package private(set) var name = ""
  /// The name and version of the client's library, as given by the client; empty if not.
  package private(set) var library = (name: "", version: "")
  /// Whether it is exempt from eviction, whatever it makes the server hold.
  package private(set) var isExemptFromEviction = false
  /// Its subscriptions.
  package private(set) var subscriptions = Subscriptions() {
    didSet {
      subscriptionChanges &+= 1
      lookWhatMayBeAsked()
    }
  }
  /// The number of changes of ``subscriptions``.
  package private(set) var subscriptionChanges = 0
  /// The user it is logged in as; `nil` before AUTH, and if there are no users.
  package private(set) var login: Login?
  /// Whether it may ask anything: its client has logged in, or need not.
  package private(set) var isAdmitted: Bool { didSet { lookWhatMayBeAsked() } }
  /// Whether it may ask models now: it is admitted, and not ``isRestricted``.
  package private(set) var mayAskModels: Bool
  /// The generation of the users that ``login`` was last compared with; the first is 1.
  package private(set) var usersGeneration = 0
  let server: Server

  package init(identifier: Int64, server: Server) {
    self.identifier = identifier
    self.server = server
    isAdmitted = !server.hasUsers
    mayAskModels = isAdmitted
  }

  /// Returns the form of the reply to a request of the given form.
  package func replyForm(for form: Request.Form) -> ReplyForm {
    switch form {
    case .line: .json
    case .array: usesVersion3 ? .resp3 : .resp2
    }
  }

  /// Returns the command of `request`, by its position in the table, and its parsed and checked arguments. While a
  /// transaction is open, a command that can't be executed makes EXEC refuse all of them.
  package mutating func check(
    _ request: Request
  ) throws(ErrorReply) -> (command: Int, arguments: CommandArguments) {
    do throws(ErrorReply) {
      let position = try position(of: request[0])
      let command = server.commands.all[position]
      guard !isRestricted || command.isAllowedWhileSubscribed else {
        throw .subscribed(command.name)
      }
      let arguments = try CommandArguments(of: request, for: command)
      if let subcommand = arguments.subcommand, let role = subcommand.role {
        try require(role, for: "\(command.name)|\(subcommand.name)")
      }
      return (position, arguments)
    } catch {
      abortTransaction()
      throw error
    }
  }

  /// Selects version 3 of RESP for replies to arrays, or version 2.
  mutating func useVersion3(_ usesVersion3: Bool) { self.usesVersion3 = usesVersion3 }

  /// Names the connection.
  package mutating func rename(_ name: String) { self.name = name }

  /// Sets the name or version of the client's library; `nil` leaves it unchanged.
  package mutating func note(libraryName: String? = nil, libraryVersion: String? = nil) {
    library = (libraryName ?? library.name, libraryVersion ?? library.version)
  }

  /// Exempts the connection from eviction, whatever it makes the server hold, or ends that.
  package mutating func exemptFromEviction(_ isExempt: Bool) { isExemptFromEviction = isExempt }

  /// Ends the session: nothing further is answered.
  package mutating func end() { isOver = true }
}

// MARK: - Subscriptions

extension Session {
  /// Whether it may use only commands about its subscriptions: in version 2 of RESP, and in lines, a reply could not be
  /// told from a message.
  package var isRestricted: Bool { !usesVersion3 && subscriptions.count > 0 }

  /// Changes its subscriptions.
  package mutating func changeSubscriptions(_ change: (inout Subscriptions) -> Void) {
    change(&subscriptions)
  }

  private mutating func lookWhatMayBeAsked() { mayAskModels = isAdmitted && !isRestricted }
}

extension ErrorReply {
  /// Returns the error for `command`, which can't be queued for EXEC, after MULTI.
  package static func notInTransaction(_ command: CommandDescription) -> ErrorReply {
    ErrorReply(
      .misplacedCommand, "\(command.name) is not allowed in transactions",
      remedy: "Send it before MULTI, or after EXEC.")
  }

  /// Returns the error for a command of a connection with subscriptions. Redis's own text.
  fileprivate static func subscribed(_ command: String) -> ErrorReply {
    ErrorReply(
      .misplacedCommand,
      "Can't execute '\(command.lowercased())': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / "
        + "RESET are allowed in this context",
      remedy: "Send UNSUBSCRIBE first, HELLO 3 before SUBSCRIBE, or use another connection.")
  }
}

// MARK: - Who asks

extension Session {
  /// Returns the position of the command called `name`; throws unless this client may use it.
  private func position(of name: ArraySlice<UInt8>) throws(ErrorReply) -> Int {
    guard isAdmitted else {
      // Before AUTH nobody learns which commands exist.
      guard let found = server.commands.find(name), server.commands.all[found].role == nil else {
        throw .notAuthenticated
      }
      return found
    }
    let found = try server.commands.position(of: name)
    if let role = server.commands.all[found].role {
      try require(role, for: server.commands.all[found].name)
    }
    return found
  }

  /// Throws unless the client has `role`, which `command` needs. Without users, everybody has all roles.
  package func require(_ role: Role, for command: String) throws(ErrorReply) {
    guard let login, login.role < role else { return }
    throw .notPermitted(login.user, command.lowercased(), needing: role)
  }

  /// Logs the client in, or out if `login` is `nil`, by the users of state `generation`. Commands queued for EXEC are
  /// executed for whoever is logged in then.
  package mutating func admit(_ login: Login?, generation: Int) {
    self.login = login
    isAdmitted = login != nil || !server.hasUsers
    usersGeneration = generation
  }

  /// Forgets everything that the client has set.
  mutating func reset() {
    let changes = subscriptionChanges
    self = Session(identifier: identifier, server: server)
    subscriptionChanges = changes &+ 1
  }
}

// MARK: - The transaction

extension Session {
  /// Begins to queue commands for EXEC.
  mutating func beginTransaction() throws(ErrorReply) {
    guard transaction == nil else {
      throw ErrorReply(
        .misplacedCommand, "MULTI calls can not be nested", remedy: "Send EXEC or DISCARD first.")
    }
    transaction = Transaction(byteLimit: server.transactionBytes)
  }

  /// Queues `request` for EXEC and returns the reply that says so. Traps unless a transaction is open.
  package mutating func queue(_ request: Request) throws(ErrorReply) -> Reply {
    guard transaction != nil else { preconditionFailure("no transaction is open") }
    do throws(ErrorReply) {
      if transaction?.isAborted == false { try transaction?.append(request) }
      return .status("QUEUED")
    } catch {
      abortTransaction()
      throw error
    }
  }

  /// Discards the queued commands.
  mutating func discardTransaction() throws(ErrorReply) {
    _ = try endTransaction(by: "DISCARD")
  }

  /// Returns what EXEC must answer, and ends the transaction. Throws if there is none, or one of its commands was
  /// refused.
  package mutating func takeTransaction() throws(ErrorReply) -> Transaction {
    let transaction = try endTransaction(by: "EXEC")
    guard !transaction.isAborted else {
      throw ErrorReply(
        .execAborted, "transaction discarded because of an error in one of its commands",
        remedy: "The reply to that command says what is wrong with it.")
    }
    return transaction
  }

  /// Makes EXEC answer none of the queued commands, if any, as a request could not be parsed or was refused.
  package mutating func abortTransaction() { transaction?.abort() }

  private mutating func endTransaction(by command: String) throws(ErrorReply) -> Transaction {
    guard let ended = transaction else {
      throw ErrorReply(
        .misplacedCommand, "\(command) without MULTI", remedy: "Send MULTI first.")
    }
    transaction = nil
    return ended
  }
}
