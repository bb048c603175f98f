using System;

namespace LockContext.Testing;

/// <summary>The code under test did not do what the test says.</summary>
public sealed class VerificationException(string message) : Exception(message);
